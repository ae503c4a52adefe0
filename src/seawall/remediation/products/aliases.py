"""Vendors that go by several names: data, each line with where it can be checked.

A line holds names of one vendor, or of a brand and the vendor that answers for it in advisories. It makes two names
*probable* at most, never exact. Former owners of a product line are listed only where advisories use both names for the
same products. Add a line with its source; do not add guesses.
"""

from __future__ import annotations

from typing import Final, NamedTuple


class Alias(NamedTuple):
    """Names of one vendor."""

    names: tuple[str, ...]
    source: str
    """An advisory or CVE record that uses both names for one product, or the vendor's own statement."""


_CPE = "CVE record that names the vendor and its CPE: "

ALIASES: Final = (
    Alias(("3S-Smart Software Solutions", "CODESYS"), "3S-Smart Software Solutions was renamed CODESYS in 2020"),
    Alias(("Apache Software Foundation", "Apache"), _CPE + "CVE-2024-47561"),
    Alias(("Arm", "Arm Holdings"), _CPE + "CVE-2024-4610"),
    Alias(("AutomationDirect", "Automation Direct"), "CISA advisories use both spellings"),
    Alias(
        ("AVEVA", "OSIsoft"), "AVEVA completed the acquisition of OSIsoft in March 2021 and publishes for its products"
    ),
    Alias(
        ("B. Braun", "B. Braun Melsungen", "B. Braun Medical", "bbraun"),
        "CISA advisories ICSMA-21-294-01, ICSMA-23-103-01",
    ),
    Alias(("B&R Industrial Automation", "B&R", "br-automation"), _CPE + "CVE-2024-5623"),
    Alias(
        ("Becton, Dickinson and Company", "Becton Dickinson", "BD"), "the vendor's own short name, in CISA's advisories"
    ),
    Alias(("Brocade", "Brocade Communications Systems"), "the company's full name"),
    Alias(("Canonical", "Ubuntu"), "Canonical publishes Ubuntu"),
    Alias(("Cisco", "Cisco Systems"), "the company's full name"),
    Alias(("Citrix", "Citrix Systems"), "the company's full name"),
    Alias(("Dahua", "Dahua Technology", "dahuasecurity", "Zhejiang Dahua Technology"), _CPE + "CVE-2024-39950"),
    Alias(("Dassault Systèmes", "3ds", "dassault"), _CPE + "CVE-2024-7736, CVE-2024-8004"),
    Alias(("Dell", "Dell EMC", "Dell Technologies", "EMC"), "Dell Technologies' brands since 2016"),
    Alias(("Delta Electronics", "deltaww"), _CPE + "CVE-2024-8255"),
    Alias(("Dover Fueling Solutions", "DFS"), _CPE + "CVE-2024-45373"),
    Alias(("F5", "F5 Networks"), "F5 Networks was renamed F5 in 2021"),
    Alias(("Foxit", "foxitsoftware"), _CPE + "CVE-2024-29072"),
    Alias(("General Electric", "GE"), "the vendor's own short name, in CISA's advisories"),
    Alias(("HCL Software", "hcltech", "HCL", "HCL Technologies"), _CPE + "CVE-2024-30134"),
    Alias(("Hewlett Packard Enterprise", "HPE", "Aruba", "Aruba Networks", "arubanetworks"), _CPE + "CVE-2024-42507"),
    Alias(("Hikvision", "Hangzhou Hikvision Digital Technology"), "the company's full name"),
    Alias(
        ("Hillrom", "Hill-Rom", "Welch Allyn"), "Hill-Rom acquired Welch Allyn in 2015; CISA advisory ICSMA-21-152-01"
    ),
    Alias(("HP", "HP Inc", "Hewlett-Packard", "Hewlett Packard"), _CPE + "CVE-2024-9423"),
    Alias(("IBM", "International Business Machines"), "the company's full name"),
    Alias(("Igor Pavlov", "7-Zip", "7zip"), "Igor Pavlov is the publisher that 7-Zip's installer states"),
    Alias(("Jenkins", "Jenkins Project"), _CPE + "CVE-2024-34148"),
    Alias(("JTEKT", "JTEKT Electronics"), "CISA advisories use both names"),
    Alias(("Juniper", "Juniper Networks"), _CPE + "CVE-2024-47507"),
    Alias(
        ("LS Electric", "LS Industrial Systems", "LSIS"),
        "LSIS was renamed LS Electric in 2020; CISA's advisories name both",
    ),
    Alias(("Micro Focus", "microfocus", "OpenText"), _CPE + "CVE-2024-3969"),
    Alias(("Microsoft", "MS", "Microsoft Corporation"), "the company's full name"),
    Alias(
        ("Mitsubishi Electric", "mitsubishielectric", "Mitsubishi Electric Corporation"),
        "CISA advisories use all three",
    ),
    Alias(("Mozilla", "Mozilla Foundation", "Mozilla Corporation"), "publisher that Firefox's installer states"),
    Alias(("National Instruments", "NI"), "National Instruments does business as NI since 2020"),
    Alias(("NEC", "NEC Corporation"), _CPE + "CVE-2024-28015"),
    Alias(("Notepad++", "Notepad++ Team", "Don Ho"), "publisher that Notepad++'s installer states"),
    Alias(("Open Networking Foundation", "ONF"), _CPE + "CVE-2024-31198"),
    Alias(("Oracle", "Oracle Corporation"), _CPE + "CVE-2024-21184"),
    Alias(
        ("Phoenix Contact", "Innominate Security Technologies", "Innominate"), "CISA advisories name both for mGuard"
    ),
    Alias(("PHP", "PHP Group", "The PHP Group"), _CPE + "CVE-2024-9026"),
    Alias(("Progress", "Progress Software", "Progress Software Corporation"), _CPE + "CVE-2024-7745"),
    Alias(("Python", "Python Software Foundation"), _CPE + "CVE-2024-9287"),
    Alias(("QNAP", "QNAP Systems"), _CPE + "CVE-2024-38641"),
    Alias(
        ("Rockwell Automation", "Rockwell", "Allen-Bradley", "Allen Bradley"),
        "Allen-Bradley is a Rockwell Automation brand",
    ),
    Alias(("Ruby", "ruby-lang"), _CPE + "CVE-2024-41946"),
    Alias(("Samsung", "Samsung Mobile", "Samsung Electronics"), _CPE + "CVE-2024-34660"),
    Alias(("SAP", "SAP SE"), _CPE + "CVE-2024-4138"),
    Alias(("Schneider Electric", "Schneider Electric Software"), "CISA advisories use both names"),
    Alias(("Schweitzer Engineering Laboratories", "SEL"), "the vendor's own short name, in CISA's advisories"),
    Alias(("Silicon Labs", "silabs", "silabs.com"), _CPE + "CVE-2024-3052"),
    Alias(("Toshiba Tec", "toshibatec"), _CPE + "CVE-2024-3498"),
    Alias(("Trend Micro", "trendmicro"), _CPE + "CVE-2024-48904"),
    Alias(("Ubiquiti", "Ubiquiti Networks", "UI"), _CPE + "CVE-2024-42025"),
    Alias(("VideoLAN", "VideoLAN Team"), "publisher that VLC's installer states"),
    Alias(("VMware", "VMware by Broadcom"), "Broadcom acquired VMware in November 2023"),
    Alias(("WAGO", "WAGO Kontakttechnik"), "the company's full name"),
    Alias(("Wibu-Systems", "WIBU"), "CISA advisories use both spellings"),
    Alias(("Wireshark", "Wireshark Foundation", "The Wireshark developer community"), _CPE + "CVE-2024-9781"),
    Alias(("ManageEngine", "zohocorp", "Zoho", "Zoho Corporation"), _CPE + "CVE-2024-6748"),
    Alias(("Zoom", "Zoom Communications", "Zoom Video Communications"), _CPE + "CVE-2024-42441"),
)
