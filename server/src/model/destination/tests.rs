use proptest::prelude::*;

use super::*;

fn ip(text: &str) -> IpAddr {
    text.parse().unwrap()
}

#[test]
fn the_networks_of_a_company_and_the_world_are_reached() {
    for fine in [
        "10.0.0.1",
        "172.16.3.4",
        "192.168.1.1",
        "100.64.0.1",
        "8.8.8.8",
        "192.0.2.1",
        "fd12:3456::1",
        "2001:db8::1",
        "2606:4700::1111",
        "::ffff:10.0.0.1",
        "64:ff9b::10.1.2.3",
        "2002:a01:203::1",
    ] {
        assert_eq!(reach(ip(fine)), None, "{fine}");
    }
}

#[test]
fn what_only_this_machine_reaches_is_refused_however_it_is_written() {
    for (refused, why) in [
        ("0.0.0.0", Reach::Unspecified),
        ("0.1.2.3", Reach::Unspecified),
        ("::", Reach::Unspecified),
        ("127.0.0.1", Reach::Loopback),
        ("127.255.255.254", Reach::Loopback),
        ("::1", Reach::Loopback),
        ("169.254.1.1", Reach::LinkLocal),
        ("fe80::1", Reach::LinkLocal),
        ("febf::1", Reach::LinkLocal),
        ("fe80::5efe:a00:1", Reach::LinkLocal),
        ("ff02::5efe:a00:1", Reach::Multicast),
        ("169.254.169.254", Reach::Metadata),
        ("100.100.100.200", Reach::Metadata),
        ("168.63.129.16", Reach::Metadata),
        ("192.0.0.192", Reach::Metadata),
        ("fd00:ec2::254", Reach::Metadata),
        ("fd20:ce::254", Reach::Metadata),
        ("192.0.0.8", Reach::Reserved),
        ("224.0.0.1", Reach::Multicast),
        ("ff02::1", Reach::Multicast),
        ("240.0.0.1", Reach::Reserved),
        ("255.255.255.255", Reach::Reserved),
        ("100::1", Reach::Reserved),
        ("64:ff9b:1::a00:1", Reach::Translated),
        // An address of IPv4 within one of IPv6: mapped, compatible, translated, NAT64, 6to4, Teredo, ISATAP.
        ("::ffff:127.0.0.1", Reach::Loopback),
        ("::127.0.0.1", Reach::Loopback),
        ("::ffff:0:127.0.0.1", Reach::Loopback),
        ("64:ff9b::127.0.0.1", Reach::Loopback),
        ("64:ff9b::a9fe:a9fe", Reach::Metadata),
        ("2002:7f00:1::", Reach::Loopback),
        ("2002:a9fe:a9fe::1", Reach::Metadata),
        ("2001:0:5ef5:79fb::80ff:fffe", Reach::Loopback),
        ("2001:db8::200:5efe:7f00:1", Reach::Loopback),
        ("::ffff:0.0.0.0", Reach::Unspecified),
    ] {
        assert_eq!(reach(ip(refused)), Some(why), "{refused}");
    }
}

#[test]
fn an_address_is_refused_as_it_is_typed_in_any_way_of_writing() {
    let policy = Policy::default();
    for typed in [
        "http://127.0.0.1/",
        "http://127.1/",
        "http://2130706433/",
        "http://0x7f000001/",
        "http://0177.0.0.1/",
        "http://１２７.0.0.1/",
        "http://127。0。0。1/",
        "http://[::1]/",
        "http://[::ffff:7f00:1]/",
        "http://0/",
        "http://169.254.169.254/latest",
        "https://[fe80::1]/",
        "http://[64:ff9b::7f00:1]:8080/",
    ] {
        assert!(matches!(policy.url(typed), Err(Refusal::Reach { .. })), "{typed}: {:?}", policy.url(typed));
    }
    for typed in ["http://localhost/", "http://LOCALHOST.:8080/", "https://x.localhost/", "http://ｌocalhost/"] {
        assert_eq!(policy.url(typed), Err(Refusal::Localhost), "{typed}");
    }
    for typed in [
        "",
        "tickets",
        "ftp://tickets/",
        "file:///etc/passwd",
        "https://",
        "http://tickets:0/",
        "http://a b/",
        "http://[fe80::1%25eth0]/",
    ] {
        assert_eq!(policy.url(typed), Err(Refusal::Address), "{typed}");
    }
    assert_eq!(policy.url(&format!("https://tickets/{}", "x".repeat(LONGEST_URL))), Err(Refusal::Address));
    for typed in ["https://ann@tickets/", "https://:secret@tickets/", "https://ann:secret@tickets/"] {
        assert_eq!(policy.url(typed), Err(Refusal::Credentials), "{typed}");
    }
    for typed in
        ["https://tickets/", "http://10.1.2.3:8080/in?a=b", " https://tickets.corp.example/ ", "http://bücher.example/"]
    {
        assert!(policy.url(typed).is_ok(), "{typed}: {:?}", policy.url(typed));
    }
}

fn ends_in_seven(ip: IpAddr) -> bool {
    ip == IpAddr::V4(Ipv4Addr::new(10, 0, 0, 7))
}

#[test]
fn our_own_doors_are_refused_and_the_other_ports_of_this_machine_are_not() {
    let doors = vec!["0.0.0.0:8443".parse().unwrap(), "10.9.9.9:8480".parse().unwrap()];
    let policy = Policy::new(doors, Some("https://Highwater.Corp.Example"), ends_in_seven);
    assert_eq!(policy.url("https://10.0.0.7:8443/"), Err(Refusal::Own));
    assert_eq!(policy.url("https://[::ffff:10.0.0.7]:8443/"), Err(Refusal::Own));
    assert!(policy.url("https://10.0.0.8:8443/").is_ok(), "another machine");
    assert!(policy.url("https://10.0.0.7/").is_ok(), "another program on this machine");
    assert_eq!(policy.url("http://10.9.9.9:8480/"), Err(Refusal::Own));
    assert_eq!(policy.url("https://highwater.corp.example./x"), Err(Refusal::Own), "as others reach us");
    assert!(policy.url("https://highwater.corp.example:444/").is_ok());
    let by_address = Policy::new(Vec::new(), Some("https://10.1.1.1:8443"), |_| false);
    assert_eq!(by_address.address(ip("10.1.1.1"), 8_443), Err(Refusal::Own));
}

#[test]
fn what_a_test_lets_through_is_that_address_and_port_only() {
    let policy = Policy::default().allowing(&["127.0.0.1:9000".parse().unwrap()]);
    assert!(policy.url("http://127.0.0.1:9000/").is_ok());
    assert!(policy.address(ip("::ffff:127.0.0.1"), 9_000).is_ok());
    assert!(policy.url("http://127.0.0.1:9001/").is_err());
    assert!(policy.url("http://127.0.0.2:9000/").is_err());
}

#[test]
fn a_refusal_says_why() {
    let said = Policy::default().url("http://169.254.169.254/").unwrap_err().to_string();
    assert_eq!(said, "The address 169.254.169.254 tells a cloud's secrets to whoever asks from within");
}

proptest! {
    #[test]
    fn an_address_of_ipv4_is_judged_alike_in_whatever_it_is_wrapped(bits in 2_u32..) {
        let v4 = Ipv4Addr::from(bits);
        let [high, low] = [bits >> 16, bits & 0xffff].map(|half| u16::try_from(half).unwrap());
        for wrapped in [
            v4.to_ipv6_mapped(),
            Ipv6Addr::new(0, 0, 0, 0, 0, 0, high, low),
            Ipv6Addr::new(0, 0, 0, 0, 0xffff, 0, high, low),
            Ipv6Addr::new(0x64, 0xff9b, 0, 0, 0, 0, high, low),
            Ipv6Addr::new(0x2002, high, low, 1, 2, 3, 4, 5),
            Ipv6Addr::new(0x2001, 0, 1, 2, 3, 4, !high, !low),
            Ipv6Addr::new(0x2001, 0xdb8, 1, 2, 0x200, 0x5efe, high, low),
        ] {
            prop_assert_eq!(reach(wrapped.into()), reach(v4.into()), "{}", wrapped);
        }
    }
}

#[test]
fn a_directory_may_be_on_this_machine_but_is_not_this_server_nor_a_cloud() {
    let doors = vec!["0.0.0.0:8443".parse().unwrap()];
    let policy = Policy::new(doors, Some("https://hw.example:8443"), |ip| ip.is_loopback()).open_inside();
    for fine in
        ["http://127.0.0.1:8080/realms/a", "https://localhost:8080/", "https://[::1]:9000/", "https://10.0.0.1/"]
    {
        assert!(policy.url(fine).is_ok(), "{fine}");
    }
    assert_eq!(policy.url("https://127.0.0.1:8443/"), Err(Refusal::Own));
    assert_eq!(policy.url("https://hw.example:8443/"), Err(Refusal::Own));
    for never in ["http://169.254.169.254/", "http://169.254.1.1/", "http://0.0.0.0:80/", "http://224.0.0.1/"] {
        assert!(matches!(policy.url(never), Err(Refusal::Reach { .. })), "{never}");
    }
    assert!(Policy::default().url("https://localhost:8080/").is_err(), "others may not");
}
