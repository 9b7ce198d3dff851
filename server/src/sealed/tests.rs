use std::fs;

use super::*;

fn keys(secrets: &[&str]) -> Keys {
    Keys::read(&secrets.join("\n"), "secrets.key").unwrap()
}

#[test]
fn what_was_sealed_is_opened_for_its_purpose_only() {
    let keys = keys(&[&fresh().unwrap()]);
    let sealed = keys.seal("webhook 7", "whsec_été").unwrap();
    assert_eq!(keys.open("webhook 7", &sealed).as_deref(), Ok("whsec_été"));
    assert_eq!(keys.open("webhook 8", &sealed), Err(SealError::Damaged));
    assert_ne!(keys.seal("webhook 7", "whsec_été").unwrap(), sealed, "never the same bytes");
    assert!(!sealed.windows(5).any(|part| part == b"whsec"));
}

#[test]
fn bytes_that_were_changed_or_cut_anywhere_are_not_opened() {
    let keys = keys(&[&fresh().unwrap()]);
    let sealed = keys.seal("p", "secret").unwrap();
    for at in 0..sealed.len() {
        let mut changed = sealed.clone();
        changed[at] ^= 1;
        assert!(keys.open("p", &changed).is_err(), "{at}");
        assert!(keys.open("p", &sealed[..at]).is_err(), "{at}");
    }
    let later: Vec<u8> = std::iter::once(2).chain(sealed[1..].iter().copied()).collect();
    assert_eq!(keys.open("p", &later), Err(SealError::Version));
}

#[test]
fn a_key_is_changed_by_a_line_on_top_and_another_servers_key_is_named() {
    let (old, new) = (fresh().unwrap(), fresh().unwrap());
    let sealed = keys(&[&old]).seal("p", "secret").unwrap();
    let both = keys(&["# changed in March", &new, "", &old]);
    assert_eq!(both.open("p", &sealed).as_deref(), Ok("secret"));
    let newer = both.seal("p", "secret").unwrap();
    assert_eq!(keys(&[&new]).open("p", &newer).as_deref(), Ok("secret"));
    let error = keys(&[&new]).open("p", &sealed).unwrap_err();
    let id = key_of(&sealed).unwrap();
    assert_eq!(error, SealError::UnknownKey { id: id.clone(), place: "secrets.key".to_owned() });
    assert!(error.to_string().contains(&id) && error.to_string().contains("secrets.key"), "{error}");
}

#[test]
fn the_key_file_is_made_once_for_its_owner_and_never_replaced() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("secrets.key");
    let sealed = Keys::load_or_make(&path).unwrap().seal("p", "secret").unwrap();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    }
    assert_eq!(Keys::load_or_make(&path).unwrap().open("p", &sealed).as_deref(), Ok("secret"));

    fs::write(&path, "# nothing\n").unwrap();
    assert!(matches!(Keys::load_or_make(&path), Err(KeyError::Empty(_))), "an emptied file is not filled anew");
    fs::write(&path, "hwm_short\n").unwrap();
    let said = Keys::load_or_make(&path).unwrap_err().to_string();
    assert!(said.contains("secrets.key: line 1") && !said.contains("hwm_short"), "{said}");
    let missing = folder.path().join("no/secrets.key");
    assert!(matches!(Keys::load_or_make(&missing), Err(KeyError::File { .. })));
}

#[test]
fn keys_are_not_shown() {
    let secret = fresh().unwrap();
    assert!(!format!("{:?}", keys(&[&secret])).contains(&secret[4..]));
}

/// A file with one key, and what it sealed.
fn on_disk(folder: &Path) -> (PathBuf, Keys, Vec<u8>) {
    let path = folder.join("secrets.key");
    let keys = Keys::load_or_make(&path).unwrap();
    let sealed = keys.seal("p", "secret").unwrap();
    (path, keys, sealed)
}

#[test]
fn a_key_that_is_added_seals_at_once_in_every_process_and_those_before_it_open() {
    let folder = tempfile::tempdir().unwrap();
    let (path, keys, old) = on_disk(folder.path());
    let other = Keys::load(&path).unwrap();
    assert!(keys.is_current(&old) && keys.ids().len() == 1);
    let id = add(&path).unwrap();
    assert_eq!((keys.id(), other.id(), keys.ids().len()), (id.clone(), id.clone(), 2));
    assert!(!keys.is_current(&old));
    assert_eq!(other.open("p", &old).as_deref(), Ok("secret"));
    let new = keys.seal("p", "secret").unwrap();
    assert!(other.is_current(&new) && key_of(&new) == Some(id));
    assert!(fs::read_to_string(&path).unwrap().starts_with("# Opens the secrets"), "remarks stay where they are");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    }
}

#[test]
fn keys_that_are_retired_open_nothing_more_in_any_process() {
    let folder = tempfile::tempdir().unwrap();
    let (path, keys, old) = on_disk(folder.path());
    assert_eq!(retire(&path, &keys.id()).unwrap(), 0, "the only key stays");
    assert_eq!(keys.open("p", &old).as_deref(), Ok("secret"));
    let seen = add(&path).unwrap();
    add(&path).unwrap();
    assert!(matches!(retire(&path, &seen), Err(KeyError::Busy(_))), "another one is on top by now");
    let new = keys.seal("p", "secret").unwrap();
    assert_eq!(retire(&path, &keys.id()).unwrap(), 2);
    assert_eq!(keys.open("p", &new).as_deref(), Ok("secret"));
    assert!(matches!(keys.open("p", &old), Err(SealError::UnknownKey { .. })));
}

#[test]
fn a_file_that_is_torn_or_gone_leaves_the_keys_as_they_were() {
    let folder = tempfile::tempdir().unwrap();
    let (path, keys, old) = on_disk(folder.path());
    let text = fs::read_to_string(&path).unwrap();
    for torn in ["hwm_short", "# nothing\n", ""] {
        fs::write(&path, torn).unwrap();
        assert_eq!(keys.open("p", &old).as_deref(), Ok("secret"), "{torn:?}");
        assert!(add(&path).is_err() && retire(&path, &keys.id()).is_err(), "{torn:?}");
        assert_eq!(fs::read_to_string(&path).unwrap(), torn, "nothing is made of it");
    }
    fs::remove_file(&path).unwrap();
    assert_eq!(keys.open("p", &old).as_deref(), Ok("secret"));
    fs::write(&path, text).unwrap();
    assert!(keys.is_current(&keys.seal("p", "secret").unwrap()));
    assert_eq!(keys.open("p", &old).as_deref(), Ok("secret"));
}

#[test]
fn two_never_change_the_file_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let (path, keys, _) = on_disk(folder.path());
    let held = fs::File::options().read(true).write(true).open(&path).unwrap();
    held.lock().unwrap();
    assert!(matches!(add(&path), Err(KeyError::Busy(_))));
    assert!(matches!(retire(&path, &keys.id()), Err(KeyError::Busy(_))));
    drop(held);
    assert!(add(&path).is_ok());
}
