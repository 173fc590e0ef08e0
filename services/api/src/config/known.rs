//! Secrets that everybody knows: those of this repository, and those that are written where none was thought of.

/// Parts of secrets that are written somewhere for all to read.
const WRITTEN: [&str; 7] = [
    "a secret that only these tests ever use",
    "aaecawqfbgcicqolda0odxar",
    "changeme",
    "change-me",
    "change me",
    "password",
    "example",
];
/// A random text of 32 characters has more different ones than this.
const FEWEST: usize = 9;

/// Whether a secret can be known to somebody who was not told it.
pub(super) fn is_known(secret: &str) -> bool {
    let small = secret.to_lowercase();
    let mut letters: Vec<char> = small.chars().collect();
    letters.sort_unstable();
    letters.dedup();
    letters.len() < FEWEST || WRITTEN.iter().any(|text| small.contains(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_here_or_has_no_thought_in_it_is_known() {
        for known in [
            "a secret that only these tests ever use, 7",
            "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=",
            "changeme-changeme-changeme-changeme",
            "my very long and quite good Password!",
            "00000000000000000000000000000000",
            "abcabcabcabcabcabcabcabcabcabcabc",
        ] {
            assert!(is_known(known), "{known}");
        }
        for random in ["7c4a8d09ca3762af61e59520943dc264", "kT8sQ1bq7mJpXv0Zr3uWn5yEo2aLd6Hc9fGiMtBsYxU="] {
            assert!(!is_known(random), "{random}");
        }
    }
}
