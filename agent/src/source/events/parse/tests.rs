//! Records put together from published binary parts, and from the shapes that Windows documents. Computers, clients and
//! instants are invented.

use highwater_wire::Decoded;
use proptest::prelude::*;

use super::*;

fn record(provider: &str, code: u32, inner: &str) -> String {
    format!(
        r#"<Event xmlns="http://schemas.microsoft.com/win/2004/08/events/event"><System><Provider Name="{provider}"/>
        <EventID Qualifiers="32768">{code}</EventID><Level>3</Level><Task>0</Task><Keywords>0x80000000000000</Keywords>
        <TimeCreated SystemTime="2026-11-20T09:30:00.1234567Z"/><EventRecordID>90210</EventRecordID>
        <Channel>System</Channel><Computer>FS02.corp.example</Computer><Security/></System>{inner}</Event>"#
    )
}

fn classic(code: u32, strings: &[&str], binary: &str) -> Event {
    let strings: String = strings.iter().map(|text| format!("<Data>{text}</Data>")).collect();
    let inner = format!("<EventData>{strings}<Binary>{binary}</Binary></EventData>");
    parse_event(&record("Srv", code, &inner), None).unwrap()
}

/// Event Viewer prints the packet as words; the record holds their bytes, lowest first.
fn bytes_of(words: &[u32]) -> String {
    words.iter().map(|word| hex::encode_upper(word.to_le_bytes())).collect()
}

const DEVICE: &str = r"\Device\LanmanServer";

#[test]
fn the_system_part_is_read() {
    let event = classic(2022, &[DEVICE, "7", "60"], "");
    assert_eq!(
        (event.channel.as_str(), event.provider.as_str(), event.computer.as_str()),
        ("System", "Srv", "FS02.corp.example")
    );
    assert_eq!((event.record_id, event.code, event.level, event.recorded_at), (90_210, 2022, 3, 1_795_167_000_123));
    assert!(event.xml.starts_with("<Event") && event.xml.ends_with("</Event>"));
}

#[test]
fn published_packets_are_decoded() {
    let full = 0xC000_009A;
    let packet =
        |code: u32, status: u32, dump: u32| bytes_of(&[0x0004_0000, 0x0054_0001, 0, code, 0, status, 0, 0, 0, 0, dump]);
    let cases = [
        (
            2012,
            "0000040001002C0000000000DC07008000000000840100C00000000000000000000000000000000034060000".to_owned(),
            0xC000_0184,
            Some(0x634),
            None,
        ),
        (2009, packet(0xC000_07D9, full, 0x3EA), full, Some(0x3EA), Some("search")),
        (2009, packet(0xC000_07D9, full, 0x3E9), full, Some(0x3E9), Some("file")),
        (2020, packet(0xC000_07E4, full, 0xB), full, Some(0xB), None),
        (2021, bytes_of(&[0, 0x0048_0003, 0, 0x8000_07E5, 0, full, 0, 0, 0, 0]), full, None, None),
        (
            2001,
            bytes_of(&[0x000C_0000, 0x005C_0001, 0, 0xC000_07D1, 0, full, 0, 0, 0, 0, 0x7D2, 0xB, 0x3C]),
            full,
            Some(0x7D2),
            None,
        ),
        (2000, packet(0xC000_07D0, 0xC000_000D, 0x028E_0BC5), 0xC000_000D, Some(0x028E_0BC5), None),
        (2000, packet(0xC000_07D0, 0xC000_0054, 0x0593_0BD3), 0xC000_0054, Some(0x0593_0BD3), None),
    ];
    for (code, binary, final_status, dump_word, table) in cases {
        let expected = Decoded {
            final_status: Some(final_status),
            dump_word,
            table: table.map(str::to_owned),
            ..Decoded::default()
        };
        assert_eq!(classic(code, &[DEVICE], &binary).decoded, expected, "{code} {binary}");
        let spaced: String =
            binary.as_bytes().chunks(8).map(|c| format!("{} \n", String::from_utf8_lossy(c))).collect();
        assert_eq!(classic(code, &[DEVICE], &spaced).decoded, expected, "{code} with blanks");
    }
}

#[test]
fn the_session_and_the_tree_connect_table_have_names_too() {
    for (word, table) in [(0x3EB, Some("session")), (0x3EC, Some("tree_connect")), (0x3ED, None)] {
        let binary = bytes_of(&[0x0004_0000, 0x0054_0001, 0, 0x8000_07D9, 0, 0xC000_009A, 0, 0, 0, 0, word]);
        assert_eq!(classic(2009, &[DEVICE], &binary).decoded.table.as_deref(), table);
    }
}

#[test]
fn a_packet_of_another_event_is_left_unread() {
    let binary = bytes_of(&[0x0004_0000, 0x0054_0001, 0, 0xC000_07E4, 0, 1, 0, 0, 0, 0, 0x3E9]);
    let decoded = classic(2009, &[DEVICE], &binary).decoded;
    assert_eq!(decoded, Decoded { binary_mismatch: true, ..Decoded::default() });
}

#[test]
fn a_short_or_odd_binary_part_is_no_error() {
    for binary in ["", "0", "00112233445566", "zz", &"00".repeat(39), "é"] {
        assert_eq!(classic(2009, &[DEVICE], binary).decoded, Decoded::default(), "{binary:?}");
    }
}

#[test]
fn count_and_window_come_from_the_strings_before_the_message() {
    let decoded = classic(2022, &[DEVICE, "1,234", "60"], "").decoded;
    assert_eq!((decoded.count, decoded.window_secs), (Some(1_234), Some(60)));

    let xml = record("srv", 2022, &format!("<EventData><Data>{DEVICE}</Data><Data>%%7</Data></EventData>"));
    let event = parse_event(&xml, Some("… une connexion libre 7 fois au cours des 60 dernières secondes.")).unwrap();
    assert_eq!((event.decoded.count, event.decoded.window_secs), (Some(7), Some(60)));
    assert_eq!(parse_event(&xml, None).unwrap().decoded, Decoded::default());
}

#[test]
fn a_named_client_disk_or_registry_value_is_read() {
    assert_eq!(classic(2025, &[DEVICE, r"\\10.0.0.66"], "").decoded.client.as_deref(), Some("10.0.0.66"));
    assert_eq!(classic(2013, &[DEVICE, "D:"], "").decoded.disk.as_deref(), Some("D:"));
    let xml = record("Server", 2506, r"<EventData><Data>Users</Data><Data>System\CurrentControlSet</Data></EventData>");
    assert_eq!(parse_event(&xml, None).unwrap().decoded.registry_value.as_deref(), Some("Users"));
}

#[test]
fn four_bytes_are_the_error_of_the_user_mode_service() {
    let inner = r"<EventData><Data>\Device\NetBT_Tcpip_{0}</Data><Binary>34000000</Binary></EventData>";
    for provider in ["Server", "SERVER", "server"] {
        let event = parse_event(&record(provider, 2505, inner), None).unwrap();
        assert_eq!(event.decoded, Decoded { win32_error: Some(52), ..Decoded::default() });
    }
}

#[test]
fn the_qualifiers_are_not_part_of_the_id() {
    let xml = record("Srv", 2022, "").replace(">2022<", ">2147485670<");
    assert_eq!(parse_event(&xml, None).unwrap().code, 2022, "0x800007E6");
}

#[test]
fn a_foreign_provider_with_the_same_id_is_not_decoded() {
    let inner =
        format!("<EventData><Data>{DEVICE}</Data><Data>7</Data><Data>60</Data><Binary>34000000</Binary></EventData>");
    for provider in ["PerfNet", "Microsoft-Windows-Windows Firewall With Advanced Security"] {
        let event = parse_event(&record(provider, 2022, &inner), Some("limit 20 of 20 connections")).unwrap();
        assert!(event.decoded.is_empty(), "{provider}");
    }
}

#[test]
fn what_2003_claims_is_taken_from_its_message_only() {
    let inner = format!("<EventData><Data>{DEVICE}</Data><Data>19</Data><Data>20</Data></EventData>");
    let claims = |message: Option<&str>| {
        let decoded = parse_event(&record("Srv", 2003, &inner), message).unwrap().decoded;
        (decoded.claimed_current, decoded.claimed_limit)
    };
    assert_eq!(claims(None), (None, None));
    assert_eq!(claims(Some("The server could not create a process. The server could not be started.")), (None, None));
    assert_eq!(claims(Some("19 connections are open; the limit is 20.")), (Some(19), Some(20)));
    assert_eq!(claims(Some("The maximum of 20 was reached: 21 connections.")), (Some(21), Some(20)));
    assert_eq!(claims(Some("Error 5 in module 7 at line 300")), (None, None));
}

#[test]
fn the_client_of_an_smb_server_event_is_found_in_its_user_data() {
    let user_data = |address: &str| {
        format!(
            r#"<UserData><EventData xmlns="Smb2Namespace"><UserName>CORP\jmartin</UserName><ClientName>\\PC-7</ClientName>
            <ClientAddress>{address}</ClientAddress><Status>0xC0000022</Status><Duration>16000</Duration></EventData></UserData>"#
        )
    };
    let client = |address: &str| {
        let xml = record("Microsoft-Windows-SMBServer", 1020, &user_data(address));
        let decoded = parse_event(&xml, None).unwrap().decoded;
        assert_eq!(decoded.final_status, Some(0xC000_0022));
        decoded.client.unwrap()
    };
    assert_eq!(client("02-00-C5-EC-0A-01-0A-1E-00-00-00-00-00-00-00-00"), "10.1.10.30");
    assert_eq!(client("0200C5EC0A010A1E"), "10.1.10.30");
    assert_eq!(client("1700C5EC0000000020010DB8000000000000000000000007"), "2001:db8::7");
    assert_eq!(client("0200"), "PC-7");
    assert_eq!(client(""), "PC-7");
}

#[test]
fn a_message_inside_the_record_is_kept() {
    let inner = "<RenderingInfo Culture=\"en-US\"><Message> a &lt;b&gt; &#38; c </Message></RenderingInfo>";
    assert_eq!(parse_event(&record("Srv", 2000, inner), None).unwrap().message.as_deref(), Some("a <b> & c"));
    assert_eq!(parse_event(&record("Srv", 2000, inner), Some("mine")).unwrap().message.as_deref(), Some("mine"));
}

#[test]
fn no_entity_is_ever_expanded() {
    let bomb = format!(
        "<!DOCTYPE e [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b \"&a;&a;&a;\"><!ENTITY f SYSTEM \"file:///etc/passwd\">]>{}",
        record("Srv", 2013, &format!("<EventData><Data>{DEVICE}</Data><Data>&b;&f;</Data></EventData>"))
    );
    assert_eq!(parse_event(&bomb, None).unwrap().decoded.disk.as_deref(), Some("&b;&f;"));
}

#[test]
fn long_and_deep_records_are_bounded() {
    let long =
        record("Srv", 2013, &format!("<EventData><Data>{DEVICE}</Data><Data>{}</Data></EventData>", "é".repeat(9_000)));
    let event = parse_event(&long, Some(&"m".repeat(20_000))).unwrap();
    assert!(event.xml.len() <= MAX_XML_BYTES && event.message.unwrap().len() == MAX_MESSAGE_BYTES);
    assert_eq!(event.decoded.disk.unwrap().len(), MAX_NAME_BYTES);
    assert_eq!(parse_event(&"<a>".repeat(100_000), None), Err(EventError::TooDeep));
    assert_eq!(parse_event(&" ".repeat(MAX_INPUT_BYTES + 1), None), Err(EventError::TooLong));
}

#[test]
fn what_is_no_event_is_refused_with_a_reason() {
    assert_eq!(parse_event("", None), Err(EventError::Missing("EventID")));
    assert!(matches!(parse_event("<Event><System>", None), Err(EventError::Malformed(_))));
    assert!(matches!(parse_event("<Event></System>", None), Err(EventError::Malformed(_))));
    let whole = record("Srv", 2022, "");
    for (part, missing) in [("SystemTime=", "TimeCreated"), ("EventRecordID>", "EventRecordID"), ("Name=", "Provider")]
    {
        assert_eq!(parse_event(&whole.replace(part, &format!("X{part}")), None), Err(EventError::Missing(missing)));
    }
}

proptest! {
    #[test]
    fn random_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..2_000)) {
        let _ = parse_event(&String::from_utf8_lossy(&bytes), None);
    }

    #[test]
    fn a_damaged_record_never_panics(at in 0_usize..900, with in any::<char>(), text in ".{0,40}", binary in "[0-9a-fA-F -]{0,200}") {
        let code = 2000 + u32::try_from(at % 30).unwrap();
        let inner = format!("<EventData><Data>{DEVICE}</Data><Data>{text}</Data><Data>9</Data><Binary>{binary}</Binary></EventData>");
        let xml = record("Srv", code, &inner);
        let _ = parse_event(&xml, Some(&text));
        let at = xml.floor_char_boundary(at.min(xml.len()));
        let damaged = format!("{}{with}{}", &xml[..at], xml[at..].chars().skip(1).collect::<String>());
        let _ = parse_event(&damaged, Some(&text));
    }
}
