//! How soon a password is found by who tries the likely ones first: the commonest, and what is made of common words, names,
//! dates, keys in a row, repetitions and the words of this place. Nothing is asked of anybody outside, and of no password
//! is it asked which kinds of characters it has.

use zxcvbn::zxcvbn;

/// As a power of ten, the guesses that a new password stands at least. A guess costs who stole the database what it costs
/// us, some 20 ms of a core: this many take one core most of a year, and who guesses at the door never comes to the end.
/// A common word or a name with a year and a sign is found before that, as are two very common words; a few words that have
/// nothing to do with each other are not, nor are twelve random letters.
const LEAST_GUESSES_LOG10: f64 = 9.0;

/// Characters that are judged, from the first one on: what is hard to guess with these is so with more. The library takes a
/// hundred, its time grows with the square, and from 29 keys in a row on its numbers overflow.
const JUDGED: usize = 28;

/// Signs that the library reads as letters and hardly anybody writes for them. It tries all readings together, each being a
/// search of its own: with these a hostile password would have ten times as many.
const NO_LETTERS: [char; 4] = ['{', '[', '<', '|'];

/// The product, what it is about and the roles that it has, beside what the library knows: English words, first and last
/// names, and the 30,000 commonest passwords of all lengths.
const OURS: [&str; 20] = [
    "highwater",
    "fileserver",
    "filesystem",
    "samba",
    "windows",
    "server",
    "serveur",
    "fichier",
    "fichiers",
    "session",
    "sessions",
    "incident",
    "admin",
    "administrator",
    "administrateur",
    "operator",
    "operateur",
    "viewer",
    "motdepasse",
    "passwort",
];

/// The shortest part of a name or an address that is taken for a word, in characters.
const SHORTEST_PART: usize = 3;

/// Whether a password is found too early. `around`: what else who guesses it would think of, such as the account's name and
/// the server's address, each also by its parts. Takes milliseconds, with a hostile password some hundred.
pub(super) fn is_found_early(password: &str, around: &[String]) -> bool {
    let judged = password.chars().take(JUDGED).map(|c| if NO_LETTERS.contains(&c) { '·' } else { c });
    let words: Vec<String> = around.iter().flat_map(|text| words_of(text)).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).chain(OURS).collect();
    zxcvbn(&judged.collect::<String>(), &words).guesses_log10() < LEAST_GUESSES_LOG10
}

/// `a.martin`, `amartin` and `martin` for `a.martin`, as far as they are judged.
fn words_of(text: &str) -> Vec<String> {
    let parts = || text.split(|c: char| !c.is_alphanumeric()).filter(|part| !part.is_empty());
    let whole = [text.to_owned(), parts().collect()];
    let long = parts().filter(|part| part.chars().count() >= SHORTEST_PART).map(str::to_owned);
    whole.into_iter().chain(long).map(|word| word.chars().take(JUDGED).collect()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_found(password: &str) -> bool {
        is_found_early(password, &["a.martin".to_owned(), "https://sessions.contoso.example:8443".to_owned()])
    }

    #[test]
    fn the_commonest_passwords_are_refused_and_what_is_made_of_them() {
        for common in [
            "password1234",
            "Passw0rd1234",
            "p@ssw0rd2026",
            "qwerty123456",
            "qwertyuiop12",
            "azertyuiop12",
            "123456789012",
            "1q2w3e4r5t6y",
            "!@#$%^&*()_+",
            "aaaaaaaaaaaa",
            "abcabcabcabc",
            "letmeinletmein",
            "iloveyou1234",
            "Welcome12345",
            "motdepasse123",
            "soleil123456",
            "4321drowssap",
        ] {
            assert!(is_found(common), "{common}");
        }
        assert!(is_found(&"x".repeat(1_024)));
    }

    #[test]
    fn the_words_of_this_place_are_refused_with_what_people_put_behind_them() {
        for of_here in [
            "Highwater2026!",
            "highwaterhighwater",
            "h1ghwat3r123",
            "highwateradmin",
            "fileserver01",
            "administrateur",
            "a.martin1234",
            "amartin123456",
            "martin123456789",
            "Martin.Martin",
            "contoso123456",
            "Contoso2026!",
            "https://sessions.contoso.example:8443",
        ] {
            assert!(is_found(of_here), "{of_here}");
        }
        assert!(
            !is_found_early("xavierquillon-1234", &[])
                && is_found_early("xavierquillon-1234", &["Xavier Quillon".into()])
        );
    }

    #[test]
    fn words_in_a_row_and_random_letters_pass_whatever_characters_they_have() {
        for good in [
            "correct horse battery",
            "correct horse battery staple",
            "blue cats under tables",
            "quatre mots sans rapport",
            "zwölf zeichen reichen",
            "another one, longer",
            "qvbzkwmxhtpr",
            "fkzq hwpn xbrt",
            "7f0c92d1be43",
            "пароль из слов",
        ] {
            assert!(!is_found(good), "{good}");
        }
    }

    #[test]
    fn a_hostile_password_is_judged_and_not_waited_for() {
        let signs = "4@8({[<3691!|l70$5+%2";
        for hostile in [
            signs.repeat(60),
            "1!2@3#4$5%6^7&8*9(0)-_=+".repeat(40),
            "\u{130}\u{0}\n".repeat(300),
            "qazwsx".repeat(170),
        ] {
            is_found_early(&hostile, &[hostile.clone(), signs.to_owned()]);
        }
        // One after the other to and fro on the keyboard, and a long name in every case and reading.
        is_found_early(&"qawsedrftgyhujikolp".repeat(9), &[]);
        is_found_early(&"a4A4".repeat(9), &["a".repeat(64)]);
    }
}
