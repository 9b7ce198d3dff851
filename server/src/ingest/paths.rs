//! Paths of files in records of events. Windows writes some, such as with event 1020 (a slow file operation): whose document somebody had open is
//! nobody's business here. They are taken out before a record is stored, whatever agent sent it.

/// Parts of a record that hold a path, by their names in the XML.
const PATHS: [&str; 8] =
    ["FileName", "FilePath", "Path", "ObjectName", "RelativeTargetName", "SharePath", "ShareLocalPath", "LocalPath"];
/// The provider whose message tells a path, and with which event: for records without XML.
const TOLD: (&str, u32) = ("Microsoft-Windows-SMBServer", 1_020);
/// What stands in a message in the place of a path.
const INSTEAD: &str = "(…)";
/// A shorter path stands in too many other words.
const SHORTEST: usize = 3;
/// Around text that is not escaped.
const CDATA: &str = "<![CDATA[";
const CDATA_END: &str = "]]>";

/// Takes them out of the record, and out of its message what the record says there: of a message of which nobody can tell where in it
/// the path is, nothing stays.
pub(super) fn take_out((provider, code): (&str, u32), xml: &mut String, message: &mut Option<String>) {
    let (without, paths) = without(xml);
    if xml.is_empty() && (provider.eq_ignore_ascii_case(TOLD.0), code) == (true, TOLD.1) {
        *message = None;
    }
    if paths.is_empty() {
        return;
    }
    *xml = without;
    for path in paths {
        // A character that is written by its number stands otherwise in the message.
        let is_plain = path.len() >= SHORTEST && !path.contains("&#");
        *message = message.take().filter(|_| is_plain).map(|said| said.replace(&path, INSTEAD));
    }
}

/// The XML without paths, and which there were, as people read them.
fn without(xml: &str) -> (String, Vec<String>) {
    let (mut out, mut paths, mut rest) = (String::with_capacity(xml.len()), Vec::new(), xml);
    while let Some((before, tag, after)) = next_tag(rest) {
        out.push_str(before);
        out.push_str(tag);
        rest = after;
        if is_path(tag) {
            let end = value_end(rest);
            let path = unescaped(rest[..end].trim_start_matches(CDATA).trim_end_matches(CDATA_END));
            if !path.trim().is_empty() {
                paths.push(path.trim().to_owned());
                rest = &rest[end..];
            }
        }
    }
    out.push_str(rest);
    (out, paths)
}

/// Up to where the value of an element goes.
fn value_end(rest: &str) -> usize {
    match rest.strip_prefix(CDATA) {
        Some(inner) => inner.find(CDATA_END).map_or(rest.len(), |n| CDATA.len() + n + CDATA_END.len()),
        None => rest.find('<').unwrap_or(rest.len()),
    }
}

/// What stands before the next tag, the tag, and what stands behind it.
fn next_tag(xml: &str) -> Option<(&str, &str, &str)> {
    let start = xml.find('<')?;
    let end = start + xml[start..].find('>')? + 1;
    Some((&xml[..start], &xml[start..end], &xml[end..]))
}

/// `<FileName>`, or `<Data Name="FileName">`, in whatever case.
fn is_path(tag: &str) -> bool {
    let inner = tag.trim_start_matches('<').trim_end_matches('>');
    if inner.starts_with(['/', '!', '?']) || inner.ends_with('/') {
        return false;
    }
    let (name, attributes) = inner.split_once(|c: char| c.is_ascii_whitespace()).unwrap_or((inner, ""));
    let name = name.rsplit(':').next().unwrap_or(name);
    let named = if name.eq_ignore_ascii_case("Data") { attribute(attributes).unwrap_or_default() } else { name };
    PATHS.iter().any(|path| path.eq_ignore_ascii_case(named))
}

/// The value of the attribute `Name`.
fn attribute(attributes: &str) -> Option<&str> {
    let (_, rest) = attributes.split_once("Name")?;
    let rest = rest.trim_start().strip_prefix('=')?.trim_start();
    let quote = rest.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    rest[1..].split(quote).next()
}

fn unescaped(text: &str) -> String {
    let named = text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&apos;", "'");
    named.replace("&amp;", "&")
}

#[cfg(test)]
mod tests {
    use super::*;

    const RECORD: &str = "<Event><System><EventID>1020</EventID></System><EventData><Data Name='ShareName'>\\\\*\\hr</Data>\
        <Data Name=\"FileName\">pay\\R&amp;D 2026.xlsx</Data><Data Name='FileNameLength'>18</Data></EventData></Event>";

    fn taken(xml: &str, message: Option<&str>) -> (String, Option<String>) {
        let (mut xml, mut message) = (xml.to_owned(), message.map(str::to_owned));
        take_out(("microsoft-windows-smbserver", 1_020), &mut xml, &mut message);
        (xml, message)
    }

    #[test]
    fn a_path_is_in_neither_the_record_nor_its_message() {
        let (xml, message) = taken(RECORD, Some("Share: hr, file: pay\\R&D 2026.xlsx, 31 s."));
        assert!(!xml.contains("pay") && xml.contains("<Data Name=\"FileName\"></Data>"), "{xml}");
        assert!(xml.contains("\\\\*\\hr") && xml.ends_with("</EventData></Event>"), "{xml}");
        assert_eq!(message.as_deref(), Some("Share: hr, file: (…), 31 s."));
        for xml in [
            "<FileName>pay.xls</FileName>",
            "<a:FILENAME x='1'>pay.xls</a:FILENAME>",
            "<Path>pay.xls",
            "<Data Name = 'path'>pay.xls<",
            "<Path><![CDATA[pay<a>.xls]]></Path>",
        ] {
            assert!(!taken(xml, None).0.contains("pay"), "{xml}");
        }
    }

    #[test]
    fn a_message_of_which_nobody_can_tell_where_the_path_is_goes() {
        assert_eq!(taken("", Some("file: pay.xlsx")).1, None);
        assert_eq!(taken("<FileName>a</FileName>", Some("file: a")).1, None);
        assert_eq!(taken("<FileName>&#112;ay.xlsx</FileName>", Some("file: pay.xlsx")).1, None);
        assert_eq!(taken("<FileName>\n  pay.xlsx </FileName>", Some("file: pay.xlsx")).1.as_deref(), Some("file: (…)"));
        let mut other = (String::new(), Some("full".to_owned()));
        take_out(("Srv", 2_017), &mut other.0, &mut other.1);
        assert_eq!(other.1.as_deref(), Some("full"));
    }

    #[test]
    fn what_holds_no_path_stays_byte_by_byte() {
        for xml in [
            "",
            "<",
            "<a",
            "x<FileName",
            "<Data Name='FileName'/>x",
            "<Data>y</Data>",
            "<FileNameLength>1</FileNameLength>",
            "</FileName>z",
        ] {
            assert_eq!(taken(xml, None).0, xml);
        }
    }
}
