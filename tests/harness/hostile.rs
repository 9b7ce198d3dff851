//! Names that an SMB client may claim for itself, each written to break one of the places where a name ends up.

/// At least two hundred different names within the wire's limit, none of them empty. Every script in them would set
/// `window.owned`.
pub fn names() -> Vec<String> {
    let mut names: Vec<String> =
        html().into_iter().chain(formulas()).chain(shell()).chain(markup()).chain(plain()).collect();
    names.sort();
    names.dedup();
    names
}

const SCRIPT: &str = "window.owned=1";

/// Each way into markup, behind each way out of where the name stands.
fn html() -> Vec<String> {
    let outs = ["", "\"", "'", "\">", "'>", "</title>", "</a>", "</script>", "</svg>", "-->", "</textarea>", "]]>"];
    let ins = [
        format!("<script>{SCRIPT}</script>"),
        format!("<img src=x onerror={SCRIPT}>"),
        format!("<svg onload={SCRIPT}>"),
        format!("<svg><title><script>{SCRIPT}</script>"),
        format!(" onmouseover={SCRIPT} x="),
        format!("<a href=javascript:{SCRIPT}>x"),
        format!("<iframe srcdoc=\"<script>parent.{SCRIPT}</script>\">"),
        format!("<style>@import 'javascript:{SCRIPT}'</style>"),
        format!("<base href=//127.0.0.1:1/><details open ontoggle={SCRIPT}>"),
        format!("<math><mtext></form><form><mglyph><style></math><img src onerror={SCRIPT}>"),
        "<form action=/sign-out method=post><button>".to_owned(),
        "<meta http-equiv=refresh content=0;url=/sign-out>".to_owned(),
    ];
    outs.iter().flat_map(|out| ins.iter().map(move |i| format!("{out}{i}"))).collect()
}

/// What a spreadsheet would run.
fn formulas() -> Vec<String> {
    let starts = ["=", "+", "-", "@", "\t=", "\r=", "\n=", " =", "\u{ff1d}", "\u{ff0b}", "\u{ff0d}", "\u{ff20}"];
    let ends = ["cmd|'/c calc'!A0", "HYPERLINK(\"http://127.0.0.1\")", "1+1"];
    starts.iter().flat_map(|s| ends.iter().map(move |e| format!("{s}{e}"))).collect()
}

/// What a shell or PowerShell would run, with every quotation mark that PowerShell takes for one.
fn shell() -> Vec<String> {
    let quotes = ["'", "\u{2018}", "\u{2019}", "\u{201a}", "\u{201b}", "\"", "\u{201c}", "`", "$(", "${", "%COMSPEC%"];
    quotes.iter().flat_map(|q| [format!("{q};calc;#"), format!("PC{q}|calc")]).collect()
}

/// What ticket systems, mails, chats and whoever reads logs would make more of.
fn markup() -> Vec<String> {
    [
        "[click|http://127.0.0.1/]",
        "!http://127.0.0.1/x.png!",
        "{html}<b>x</b>{html}",
        "{noformat}",
        "[~admin]",
        "h1. Resolved",
        "bq. x",
        "[code]<img src=x onerror=window.owned=1>[/code]",
        "[x](javascript:window.owned=1)",
        "![x](http://127.0.0.1/x.png)",
        "**bold** ~~gone~~ `code`",
        "# Resolved",
        "<at>everyone</at>",
        "@everyone",
        "mailto:x@corp.example",
        "{{DATE(2026-01-01T00:00:00Z)}}",
        "${jndi:ldap://127.0.0.1/x}",
        "x\r\nBcc: all@corp.example",
        "x\r\n.\r\nQUIT",
        "=?utf-8?q?=0ABcc:_x?=",
        "level=error msg=forged",
        "\",\"level\":\"fatal",
        "<![CDATA[x]]>",
        "&lt;script&gt;window.owned=1&lt;/script&gt;",
        "%s%n%x",
        "\u{1b}]0;owned\u{7}",
    ]
    .map(str::to_owned)
    .to_vec()
}

/// What breaks logs, layout, sorting and storage.
fn plain() -> Vec<String> {
    let mut names: Vec<String> = [
        "\u{1b}[2J\u{1b}[31mred",
        "line one\r\nSet-Cookie: owned=1",
        "nul\u{0}inside",
        "\u{202e}gpj.exe",
        "\u{2066}isolated\u{2069}",
        "\u{feff}bom",
        "zero\u{200b}width",
        "\u{fffd}",
        "../../etc/passwd",
        "..\\..\\Windows",
        "?at=0&range=1y#x",
        "/settings/tokens",
        "%00%0d%0a",
        "{{7*7}}",
        "{% raw %}",
        "${7*7}",
        "' or 1=1 --",
        "'); drop table clients; --",
        "null",
        "undefined",
        "NaN",
        "-0",
        "1e309",
        "true",
        "__proto__",
        "constructor",
        "\u{1f3f4}\u{e0067}\u{e0062}\u{e007f}",
        "e\u{301}",
        "\u{e9}",
        "İstanbul",
        "ß",
        "日本語のホスト",
        "עברית",
        " leading",
        "trailing ",
        "\t",
        "\u{7f}",
        "\u{85}",
        "\u{2028}",
    ]
    .map(str::to_owned)
    .to_vec();
    names.push("W".repeat(1_000));
    names.push("\u{1f9e8}".repeat(250));
    names.push("a\u{300}".repeat(300));
    names
}

#[test]
fn the_corpus_is_large_and_within_the_wires_limit() {
    let names = names();
    assert!(names.len() >= 200, "{}", names.len());
    assert!(names.iter().all(|n| !n.is_empty() && n.len() <= highwater_wire::MAX_NAME_BYTES));
    // Of each kind. A lone surrogate cannot be in a text: a batch with one is refused, and Windows' own become U+FFFD.
    for part in
        ["<script>", "=cmd|", "\u{1b}[2J", "\r\n", "\u{202e}", "\u{fffd}", "\u{2019};calc", "\0", "[code]", "\nBcc:"]
    {
        assert!(names.iter().any(|name| name.contains(part)), "{part:?}");
    }
}
