//! The computer's own number in the firmware's tables (SMBIOS, DSP0134, structure type 1). Pure.

/// What `GetSystemFirmwareTable` puts before the structures.
const HEADER: usize = 8;
const SYSTEM: u8 = 1;
const END: u8 = 127;
const UUID: std::ops::Range<usize> = 8..24;

/// The UUID; none if the firmware does not have one: all bits 0 is "not set", all 1 is "not there".
#[must_use]
pub fn uuid(tables: &[u8]) -> Option<[u8; 16]> {
    let mut rest = tables.get(HEADER..)?;
    loop {
        let (kind, len) = (*rest.first()?, usize::from(*rest.get(1)?));
        let formatted = rest.get(..len).filter(|formatted| formatted.len() >= 4)?;
        if kind == SYSTEM {
            let uuid: [u8; 16] = formatted.get(UUID)?.try_into().ok()?;
            return Some(uuid)
                .filter(|uuid| uuid.iter().any(|byte| *byte != 0) && uuid.iter().any(|byte| *byte != 0xFF));
        }
        if kind == END {
            return None;
        }
        // Strings follow, each ended by 0, all by one more.
        let strings = rest.get(len..)?;
        let end = strings.windows(2).position(|pair| pair == [0, 0])?;
        rest = strings.get(end + 2..)?;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(kind: u8, body: &[u8], strings: &str) -> Vec<u8> {
        let len = u8::try_from(4 + body.len()).unwrap();
        let mut table = vec![kind, len, 0, 0];
        table.extend(body);
        table.extend(strings.as_bytes());
        table.extend([0, 0]);
        table
    }

    fn firmware(uuid: [u8; 16]) -> Vec<u8> {
        let system = [&[1, 2, 3, 4], uuid.as_slice(), &[6, 5, 6]].concat();
        let tables =
            [table(0, &[1, 2, 0, 0, 3], "Vendor\x001.0"), table(1, &system, "Maker\x00Model"), table(127, &[], "")];
        [vec![0; HEADER], tables.concat()].concat()
    }

    #[test]
    fn the_number_is_found_behind_other_structures() {
        let number = [7; 16];
        assert_eq!(uuid(&firmware(number)), Some(number));
        assert_eq!(uuid(&firmware([0; 16])), None);
        assert_eq!(uuid(&firmware([0xFF; 16])), None);
    }

    #[test]
    fn damaged_tables_have_none() {
        let whole = firmware([7; 16]);
        for cut in 0..whole.len() {
            let _ = uuid(&whole[..cut]);
        }
        assert_eq!(uuid(&[0; 64]), None);
        assert_eq!(uuid(&[]), None);
        let none = [vec![0; HEADER], table(0, &[], ""), table(127, &[], "")].concat();
        assert_eq!(uuid(&none), None);
    }
}
