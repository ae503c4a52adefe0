"""Words for generated reports: weaknesses with causes and effects in several wordings, synonyms, names of code.

Written for the benchmark and used by nothing else; the merging rules share none of it.
"""

from __future__ import annotations

from dataclasses import dataclass

_NAMES_TEXT = """
account adapter agenda album alias ancestor anchor annotation appendix archive asset attachment avatar badge
balance banner basket beacon binder blueprint bookmark branch broker bucket budget bulletin bundle calendar
campaign canvas capsule caption cartridge catalog channel chapter checkpoint cipher circuit citation claim
clause cluster codec column comment compass consent console contract cookie corpus coupon courier cursor
dashboard dataset deadline delegate deposit digest directory dispatch document domain draft drawer dossier
emblem envelope episode estimate exhibit export fabric feature feed filter fixture folder footer forecast
fragment frame gadget gallery gateway gauge glossary grant graph harvest header highlight histogram image import
inbox index invoice itinerary journal keyring kiosk label ladder landmark lane layer layout ledger legend lesson
letter library licence listing locale lookup mailbox manifest marker matrix measure member memo menu merchant
message metric milestone mirror mission module monitor mosaic motif narrative notebook notice offer orbit order
outline packet palette panel parcel partner passage patch payload payment permit picture pipeline planner
playlist pocket policy portal poster preset preview profile project prompt proposal provider puzzle quarter
query queue quota receipt recipe record recovery referral region registry relay release reminder render replica
request reserve resource ribbon roster rubric sample schedule schema scope screen scroll segment sensor session
shelf shipment signal sketch slot snapshot socket source spectrum sponsor stage stamp statement station storage
story stream subject summary survey symbol synopsis tablet tariff template tenant theme thread ticket timeline
token topic tracker transfer treaty tunnel upload vault vendor version vessel video voucher wallet webhook
widget window workflow worksheet zone
"""
NAMES = _NAMES_TEXT.split()
_VERBS_TEXT = """
apply assemble attach bind build cache check clone collect compose convert copy create decode deliver describe
detect draw emit encode evaluate expand export extract fetch fill find flatten fold format forward gather
generate import inspect join list load locate lookup merge migrate move normalise open pack parse patch pick
prepare print process publish pull push read rebuild receive register reload render replace resolve restore
rotate save scan search select send serve sort split store stream submit sync trim unpack update validate verify
watch wrap write
"""
VERBS = _VERBS_TEXT.split()
SYNONYMS = {
    "allows": ("lets", "enables", "permits"),
    "arrives": ("comes in", "is received", "turns up"),
    "attached": ("enclosed", "added", "included"),
    "because": ("since", "as"),
    "builds": ("assembles", "puts together", "composes"),
    "call": ("invocation", "request"),
    "checked": ("validated", "verified", "examined"),
    "crafted": ("malicious", "specially made", "hostile"),
    "deployment": ("installation", "set-up"),
    "developers": ("maintainers", "authors"),
    "discovered": ("found", "noticed", "spotted"),
    "documentation": ("manual", "docs"),
    "ends": ("finishes", "terminates"),
    "exposed": ("reachable", "open"),
    "handler": ("routine", "callback"),
    "happens": ("occurs", "takes place"),
    "large": ("big", "huge"),
    "library": ("package", "component"),
    "observed": ("saw", "witnessed"),
    "passes": ("hands", "gives", "forwards"),
    "problem": ("flaw", "defect", "bug"),
    "remote": ("distant", "unauthenticated"),
    "reproduce": ("repeat", "trigger"),
    "returns": ("yields", "answers with"),
    "sends": ("submits", "posts", "transmits"),
    "server": ("service", "backend"),
    "short": ("brief", "small"),
    "stored": ("saved", "kept", "persisted"),
    "value": ("content", "string", "input"),
    "whole": ("entire", "complete"),
    "works": ("succeeds", "is effective"),
}
"""Replacements that a second reporter may use."""


@dataclass(frozen=True, slots=True)
class Kind:
    """A weakness as reports describe it."""

    cwe: int
    sibling: int
    """What another tool calls it."""
    rule: str
    titles: tuple[str, ...]
    causes: tuple[str, ...]
    effects: tuple[str, ...]
    snippet: str


KINDS = (
    Kind(
        89,
        564,
        "sql-injection",
        ("SQL injection through {param} in {function}", "{function} builds a query out of {param}"),
        (
            "The {param} argument is pasted into a SELECT statement on the {noun} table without binding.",
            "{function} concatenates {param} with the WHERE clause that filters each {noun}.",
        ),
        (
            "Reading every {other} row of the database works with a UNION expression.",
            "The database answers with rows of the {other} relation when a quote ends the literal.",
        ),
        'cursor.execute("SELECT * FROM {noun} WHERE {param}=" + {param})',
    ),
    Kind(
        79,
        80,
        "cross-site-scripting",
        ("Stored script injection in the {noun} page via {param}", "{function} prints {param} unescaped"),
        (
            "The {param} field is written into the {noun} page without HTML escaping.",
            "{function} marks the {param} text as safe markup before the {noun} view renders it.",
        ),
        (
            "A visitor's browser executes the script and hands over the {other} cookie.",
            "JavaScript of the sender runs for everybody who opens the {other} screen.",
        ),
        "return Markup('<b>' + {param} + '</b>')  # {noun}",
    ),
    Kind(
        22,
        23,
        "path-traversal",
        ("Path traversal in {function} by {param}", "{param} escapes the {noun} folder"),
        (
            "{function} joins {param} to the {noun} directory and opens the outcome without normalising dots.",
            "Parent steps inside {param} are kept when the {noun} path is put together.",
        ),
        (
            "Files outside the {other} directory, such as private keys, can be read.",
            "Any file that the process may read is delivered in place of the {other}.",
        ),
        "open(os.path.join({noun}_root, {param}))",
    ),
    Kind(
        78,
        77,
        "command-injection",
        ("Shell command injection in {function}", "{param} reaches a shell through {function}"),
        (
            "{function} hands {param} to a shell in order to convert the {noun}.",
            "A subprocess with shell=True receives {param} inside the {noun} conversion command.",
        ),
        (
            "Commands after a semicolon run with the rights of the {other} worker.",
            "Operating system commands are executed on the {other} host.",
        ),
        'subprocess.run("convert " + {param}, shell=True)  # {noun}',
    ),
    Kind(
        502,
        915,
        "unsafe-deserialization",
        ("Unsafe deserialization of {noun} data in {function}", "{function} unpickles {param}"),
        (
            "{function} unpickles the {param} blob of a {noun} before its signature is looked at.",
            "The {noun} loader feeds {param} into pickle without any allow-list of classes.",
        ),
        (
            "A reduce gadget starts a program when the {other} is restored.",
            "Code of the sender is executed while the {other} object is revived.",
        ),
        "pickle.loads({param})  # {noun}",
    ),
    Kind(
        918,
        918,
        "server-side-request-forgery",
        ("{function} fetches internal addresses given in {param}", "SSRF by {param} of the {noun} import"),
        (
            "The URL in {param} is requested by the {noun} importer with no filter on private networks.",
            "{function} follows redirects from {param} into the internal network while loading a {noun}.",
        ),
        (
            "The metadata endpoint answers and the {other} credentials leak into the response.",
            "Internal {other} services can be scanned from outside.",
        ),
        "requests.get({param}, allow_redirects=True)  # {noun}",
    ),
    Kind(
        787,
        122,
        "heap-buffer-overflow",
        ("Heap buffer overflow in {function}", "Out of bounds write while decoding a {noun}"),
        (
            "The length prefix {param} of a {noun} is trusted when memory is copied into a fixed buffer.",
            "{function} multiplies {param} without checking for wrap-around before it allocates the {noun} buffer.",
        ),
        (
            "AddressSanitizer aborts the process, and the {other} allocator metadata is overwritten.",
            "The {other} decoder crashes with a segmentation fault after memory next to the block was changed.",
        ),
        "memcpy({noun}_buf, src, {param});",
    ),
    Kind(
        1333,
        730,
        "regex-denial-of-service",
        ("Catastrophic backtracking in the {noun} pattern", "{function} hangs on a long {param}"),
        (
            "A nested quantifier in the regular expression of {function} backtracks on a repeated {noun} prefix.",
            "The pattern that validates {param} has two overlapping groups for the {noun} part.",
        ),
        (
            "Thirty characters keep one processor busy for minutes and the {other} queue fills up.",
            "The event loop stands still and no {other} is answered any more.",
        ),
        're.match(r"^(\\w+\\s?)*$", {param})  # {noun}',
    ),
    Kind(
        862,
        639,
        "missing-authorization",
        ("Anybody can change a foreign {noun} through {function}", "{function} ignores who owns the {noun}"),
        (
            "{function} looks up the {noun} by {param} alone and never compares its owner with the session.",
            "No permission test guards the {param} route that edits a {noun}.",
        ),
        (
            "Counting up numbers reveals and alters the {other} of each customer.",
            "A plain account takes over the {other} of an administrator.",
        ),
        "{noun} = {noun}s.get(id={param}); {noun}.save()",
    ),
    Kind(
        327,
        328,
        "weak-hash",
        ("{function} protects the {noun} with MD5", "Weak digest for {param}"),
        (
            "The {noun} checksum is an unsalted MD5 sum over {param}.",
            "{function} derives the {noun} key from {param} with a single round of SHA-1.",
        ),
        (
            "Collisions let a second {other} pass as the first one.",
            "Precomputed tables reveal the {other} secret within minutes.",
        ),
        "hashlib.md5({param}).hexdigest()  # {noun}",
    ),
)
REMARKS = (
    "I discovered the problem while reading {file} for another reason.",
    "The whole thing happens before the {other} {noun2} is checked, so a remote sender needs no account.",
    "The attached script sends a short crafted {noun2} and prints what the server returns.",
    "In our deployment the {noun2} handler is exposed to partners, and the value arrives through a {other} form.",
    "The documentation of the library allows such a call, so developers will not expect it.",
    "To reproduce, start the {noun2} example, open the {other} view and repeat the request twice.",
    "We observed the same on a large {noun2} with default settings and with the {other} plug-in.",
    "A proxy that passes the {noun2} header on does not help because the {other} is stored first.",
    "Escaping the {noun2} before the {other} handler builds its answer would be enough as a repair.",
)
