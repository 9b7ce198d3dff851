//! pdh: counters.

use highwater_win32::counters::{Counters, Instance};

use crate::script::{Script, hex};

const SESSIONS: &str = r"\Server\Server Sessions";
const QUEUES: &str = r"\Server Work Queues(*)\Queue Length";
const VALID: u32 = 0;
const NO_INSTANCE: u32 = 0x8000_07d1;

#[test]
fn counters_are_read_with_all_their_instances() {
    let script = Script::new();
    let queues: String =
        (0..40).map(|n| format!("counter {} {} {n} 0\n", hex(QUEUES), hex(&format!("SMB2 NonBlocking {n}")))).collect();
    script.write("pdh", &format!("counter {} . 17 {VALID}\n{queues}", hex(SESSIONS)));
    let (mut counters, refusals) = Counters::open(&[SESSIONS, r"\Server\No Such Counter", QUEUES]).unwrap();
    assert_eq!(refusals.iter().map(Option::is_none).collect::<Vec<_>>(), [true, false, true]);
    assert!(refusals[1].as_ref().unwrap().to_string().contains("0xC0000BB9"), "{refusals:?}");
    let read = counters.read().unwrap();
    assert_eq!(read[0], [Instance { name: String::new(), raw: 17 }]);
    assert!(read[1].is_empty());
    assert_eq!((read[2].len(), read[2][39].name.as_str(), read[2][39].raw), (40, "SMB2 NonBlocking 39", 39));
    // What changes is seen by the next read.
    script.write("pdh", &format!("counter {} . 18 {VALID}\n", hex(SESSIONS)));
    let read = counters.read().unwrap();
    assert_eq!((read[0][0].raw, read[2].len()), (18, 0));
    drop(counters);
    assert_eq!(script.left("pdh"), 0);
}

#[test]
fn a_value_that_is_not_valid_is_none() {
    let script = Script::new();
    script.write("pdh", &format!("counter {} . 17 {NO_INSTANCE:#x}\n", hex(SESSIONS)));
    let (mut counters, _) = Counters::open(&[SESSIONS]).unwrap();
    assert!(counters.read().unwrap()[0].is_empty());
    script.write("pdh", "fail collect 0x800007d5\n");
    assert!(counters.read().unwrap_err().to_string().contains("0x800007D5"));
    drop(counters);
    script.write("pdh", "fail open 8\n");
    assert_eq!(Counters::open(&[SESSIONS]).unwrap_err().raw_os_error(), Some(8));
    assert_eq!(script.left("pdh"), 0);
}
