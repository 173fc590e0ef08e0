//! Codes of other systems: whether each has the shape of its system and, where there is one, the right check digit.

use super::entries;

/// LOINC: the last digit is a check digit modulo 10.
fn loinc(code: &str) -> bool {
    let Some((number, check)) = code.split_once('-') else { return false };
    let digits: Option<Vec<u32>> = number.chars().map(|digit| digit.to_digit(10)).collect();
    let Some(digits) = digits.filter(|digits| !digits.is_empty()) else { return false };
    let doubled = |(at, digit): (usize, &u32)| if at % 2 == 0 { digit * 2 } else { *digit };
    let sum: u32 = digits.iter().rev().enumerate().map(doubled).map(|value| value / 10 + value % 10).sum();
    check.parse() == Ok((10 - sum % 10) % 10)
}

/// SNOMED CT: 6 to 18 digits, the last one a check digit by Verhoeff's scheme.
fn snomed(code: &str) -> bool {
    let digits: Option<Vec<usize>> =
        code.chars().map(|digit| digit.to_digit(10).map(|digit| digit as usize)).collect();
    let Some(digits) = digits.filter(|digits| (6..=18).contains(&digits.len())) else { return false };
    let check = digits.iter().rev().enumerate().fold(0, |sum, (at, digit)| turned(sum, moved(at, *digit)));
    check == 0
}

/// The product in the group of the symmetries of a pentagon.
fn turned(a: usize, b: usize) -> usize {
    match (a < 5, b < 5) {
        (true, true) => (a + b) % 5,
        (true, false) => 5 + (a + b) % 5,
        (false, true) => 5 + (5 + a - b) % 5,
        (false, false) => (5 + a - b) % 5,
    }
}

/// The digit after as many turns of the permutation as its place says.
fn moved(place: usize, digit: usize) -> usize {
    const ONCE: [usize; 10] = [1, 5, 7, 6, 2, 8, 3, 0, 9, 4];
    (0..place % 8).fold(digit, |digit, _| ONCE[digit])
}

/// ICD-10: a letter, two digits, and a further one behind a point.
fn icd10(code: &str) -> bool {
    let shape: String =
        code.chars().map(|letter| if letter.is_ascii_digit() { '0' } else { letter }).collect();
    let rest = shape.strip_prefix(|letter: char| letter.is_ascii_uppercase());
    matches!(rest, Some("00" | "00.0"))
}

/// ICD-11: four characters of which the second is a letter, and up to two further ones behind a point.
fn icd11(code: &str) -> bool {
    let (stem, further) = code.split_once('.').unwrap_or((code, "0"));
    let known = |text: &str| text.chars().all(|one| one.is_ascii_digit() || one.is_ascii_uppercase());
    let letter = stem.chars().nth(1).is_some_and(|one| one.is_ascii_uppercase());
    stem.len() == 4 && letter && known(stem) && (1..=2).contains(&further.len()) && known(further)
}

#[test]
fn a_mistyped_code_would_be_found() {
    assert!(
        loinc("85362-2") && loinc("18974-6") && !loinc("85362-3") && !loinc("85326-2") && !loinc("853622")
    );
    assert!(snomed("56717001") && snomed("710106005") && !snomed("56717002") && !snomed("56177001"));
    // As the spreadsheet of the kit has them: cut short, and turned into a floating-point number.
    assert!(snomed("260385009") && !snomed("60385009") && !snomed("3.25706910000361e+16"));
    assert!(icd10("A15.9") && icd10("B24") && !icd10("15.9A") && !icd10("A159"));
    assert!(icd11("1B1Z") && icd11("1B12.40") && icd11("MG52.00") && !icd11("1B12.400") && !icd11("A15.9"));
}

#[test]
fn every_code_of_another_system_has_its_shape_and_its_check_digit() {
    let mut seen = 0;
    for (set, entry) in entries() {
        let right = |code: Option<&String>, check: fn(&str) -> bool| code.is_none_or(|code| check(code));
        let sound = right(entry.loinc.as_ref(), loinc)
            && right(entry.snomed.as_ref(), snomed)
            && right(entry.icd10.as_ref(), icd10)
            && right(entry.icd11.as_ref(), icd11);
        assert!(sound, "{} {}", set.name, entry.code);
        seen += usize::from(entry.loinc.is_some() || entry.snomed.is_some());
    }
    assert!(seen > 20);
}

#[test]
fn codes_that_the_kit_has_wrong_are_not_taken_over() {
    // Pre-XDR reuses the code of MDR; "not evaluated" and "not detected" carry codes of something else.
    let wrong = [
        ("resistance-categories", "pre_extensively_drug_resistant"),
        ("outcomes", "not_evaluated"),
        ("molecular-results", "not_detected"),
    ];
    for (set, code) in wrong {
        let entry = super::set(set).and_then(|set| set.entry(code)).expect(code);
        assert!(entry.snomed.is_none() && entry.icd10.is_none(), "{set} {code}");
    }
}

#[test]
fn every_observation_that_the_kit_codes_has_its_code_here() {
    let of = |set: &str, code: &str| super::set(set).and_then(|set| set.entry(code)).expect(code);
    for (code, number) in [
        ("mtb_dna_sputum", "85362-2"),
        ("mtb_dna_any_specimen", "38379-4"),
        ("rifampicin_resistance_mutation", "46244-0"),
        ("rifampicin_resistance_gene_sputum", "33634-7"),
        ("isoniazid_resistance_mutations", "48175-4"),
        ("chest_xray", "30745-4"),
        ("c_reactive_protein", "1988-5"),
        ("tuberculosis_treatment_started_on", "45242-5"),
    ] {
        assert_eq!(of("observation-codes", code).loinc.as_deref(), Some(number), "{code}");
    }
    for (code, number) in [("hiv_status", "55277-8"), ("art_started_on", "45235-9"), ("lf_lam", "95127-7")] {
        assert_eq!(of("hiv-observation-codes", code).loinc.as_deref(), Some(number), "{code}");
    }
    let both = of("hiv-observation-codes", "hiv_with_tuberculosis");
    assert_eq!((both.icd10.as_deref(), both.icd11.as_deref()), (Some("B24"), Some("1C60.Z")));
}
