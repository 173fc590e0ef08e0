//! An export as a table: one line for each case, codes in the header and in the cells, UTF-8 without a byte order mark.
//!
//! Whoever opens it in a spreadsheet must not run what somebody wrote into a name: a cell that would be a formula gets an
//! apostrophe in front, and every cell stands in quotation marks (OWASP, "CSV injection").

use std::collections::BTreeSet;

use csv::{QuoteStyle, WriterBuilder};
use safar_domain::case::consent::DataClass;
use serde::Serialize;
use serde_json::Value;

use DataClass::{Contact, Identity, Support, Tb};

/// The columns: name, place in the case, and the class of data that it belongs to.
const COLUMNS: &[(&str, &str, Option<DataClass>)] = &[
    ("case", "/id", None),
    ("person", "/person", None),
    ("revision", "/revision", None),
    ("withheld", "/withheld", None),
    ("phase", "/phase", None),
    ("origin", "/route/origin", None),
    ("destination", "/route/destination", None),
    ("last_place", "/last_place", None),
    ("closed", "/closed", None),
    ("died_on", "/died_on", None),
    ("family", "/identity/names/0/family", Some(Identity)),
    ("given", "/identity/names/0/given", Some(Identity)),
    ("patronymic", "/identity/names/0/patronymic", Some(Identity)),
    ("birth_date", "/identity/birth/date", Some(Identity)),
    ("birth_year", "/identity/birth/year", Some(Identity)),
    ("birth_month", "/identity/birth/month", Some(Identity)),
    ("sex", "/identity/sex", Some(Identity)),
    ("citizenship", "/identity/citizenship", Some(Identity)),
    ("telephones", "/telephones", Some(Contact)),
    ("responsible_support", "/responsible/support", Some(Support)),
    ("responsible_tb", "/responsible/tb", Some(Tb)),
    ("registrations", "/registrations", Some(Tb)),
    ("screening", "/screening", Some(Tb)),
    ("specimens", "/specimens", Some(Tb)),
    ("sites", "/diagnosis/sites", Some(Tb)),
    ("confirmation", "/diagnosis/confirmation", Some(Tb)),
    ("history", "/diagnosis/history", Some(Tb)),
    ("resistance", "/diagnosis/resistance", Some(Tb)),
    ("definitions", "/diagnosis/definitions", Some(Tb)),
    ("diagnosed_on", "/diagnosis/since", Some(Tb)),
    ("tb_excluded", "/tb_excluded", Some(Tb)),
    ("denotified", "/denotified", Some(Tb)),
    ("treatments", "/treatments", Some(Tb)),
    ("regimen", "/treatment/regimen", Some(Tb)),
    ("started_on", "/treatment/started_on", Some(Tb)),
    ("expected_end", "/treatment/expected_end", Some(Tb)),
    ("doses_taken", "/treatment/doses_taken", Some(Tb)),
    ("doses_missed", "/treatment/doses_missed", Some(Tb)),
    ("last_dose_on", "/treatment/last_dose_on", Some(Tb)),
    ("outcome", "/treatment/outcome/outcome", Some(Tb)),
    ("contacts", "/contacts", Some(Tb)),
    ("preventions", "/preventions", Some(Tb)),
    ("referrals", "/referrals", None),
    ("handoffs", "/handoffs", None),
];

/// What goes wrong while a table is written in memory.
type Failed = Box<dyn std::error::Error>;

/// The table of these cases, with the columns of the classes that were asked for.
pub(super) fn written(cases: &[impl Serialize], classes: &BTreeSet<DataClass>) -> Result<Vec<u8>, Failed> {
    let asked = |class: &Option<DataClass>| class.is_none_or(|class| classes.contains(&class));
    let columns: Vec<_> = COLUMNS.iter().filter(|(.., class)| asked(class)).collect();
    let mut table = WriterBuilder::new().quote_style(QuoteStyle::Always).from_writer(Vec::new());
    table.write_record(columns.iter().map(|(name, ..)| *name))?;
    for case in cases {
        let mut case = serde_json::to_value(case)?;
        // Of several treatments the line has the last one.
        case["treatment"] =
            case["treatments"].as_array().and_then(|all| all.last()).cloned().unwrap_or_default();
        table.write_record(columns.iter().map(|(_, place, _)| harmless(&cell(case.pointer(place)))))?;
    }
    Ok(table.into_inner()?)
}

/// A value as one cell: codes beside each other, and of things how many there are.
fn cell(value: Option<&Value>) -> String {
    match value {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(Value::Array(all)) if all.iter().any(Value::is_object) => all.len().to_string(),
        Some(Value::Array(all)) => all.iter().map(|one| cell(Some(one))).collect::<Vec<_>>().join(" "),
        Some(other) => other.to_string(),
    }
}

/// No part of a cell begins like a formula, whichever sign the reader's spreadsheet takes for the end of a cell.
fn harmless(text: &str) -> String {
    const FORMULA: [char; 7] = ['=', '+', '-', '@', '\t', '\r', '\n'];
    const ENDS: [char; 5] = [';', ',', '\t', '\r', '\n'];
    let (mut safe, mut begins) = (String::with_capacity(text.len()), true);
    for letter in text.chars() {
        let guarded = begins && FORMULA.contains(&letter);
        if guarded {
            safe.push('\'');
        }
        safe.push(letter);
        begins = ENDS.contains(&letter) && !guarded;
    }
    safe
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn lines(cases: &[Value], classes: &[DataClass]) -> Vec<Vec<String>> {
        let bytes = written(cases, &classes.iter().copied().collect()).unwrap();
        let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(bytes.as_slice());
        reader.records().map(|line| line.unwrap().iter().map(str::to_owned).collect()).collect()
    }

    fn value<'a>(lines: &'a [Vec<String>], column: &str) -> &'a str {
        &lines[1][lines[0].iter().position(|name| name == column).expect(column)]
    }

    #[test]
    fn what_would_be_a_formula_behind_another_separator_is_text_too() {
        for (bad, safe) in
            [("A;=1+1;B", "A;'=1+1;B"), ("A,@x", "A,'@x"), ("A\t-1", "A\t'-1"), ("A;B-C", "A;B-C")]
        {
            let case = json!({ "identity": { "names": [{ "family": bad }] } });
            assert_eq!(value(&lines(&[case], &[Identity]), "family"), safe);
        }
    }

    #[test]
    fn what_would_be_a_formula_is_text() {
        for bad in ["=1+1", "+992901234567", "-2", "@SUM(A1)", "\t=1", "\r=1", "\n=1"] {
            let case = json!({ "identity": { "names": [{ "family": bad }] }, "telephones": [bad] });
            let lines = lines(&[case], &[Identity, Contact]);
            for column in ["family", "telephones"] {
                assert_eq!(value(&lines, column), format!("'{bad}"));
            }
        }
        assert_eq!(harmless("Раҳимов"), "Раҳимов");
    }

    #[test]
    fn quotation_marks_commas_and_lines_stay_in_their_cell() {
        let name = "O\"Brien, \"Jr.\"\nsecond line";
        let case = json!({ "id": "1", "identity": { "names": [{ "family": name }] } });
        let lines = lines(&[case], &[Identity]);
        assert_eq!((lines.len(), value(&lines, "family"), value(&lines, "case")), (2, name, "1"));
    }

    #[test]
    fn there_are_no_columns_of_what_was_not_asked_for() {
        let all = lines(&[], &DataClass::ALL);
        for (class, column) in [(Identity, "family"), (Contact, "telephones"), (Tb, "outcome")] {
            let others: Vec<_> = DataClass::ALL.into_iter().filter(|other| *other != class).collect();
            assert!(
                all[0].contains(&column.to_owned()) && !lines(&[], &others)[0].contains(&column.to_owned())
            );
        }
    }

    #[test]
    fn lists_of_codes_are_written_out_and_lists_of_things_counted() {
        let treatment = |regimen: &str| json!({ "regimen": regimen, "outcome": { "outcome": "cured" } });
        let case = json!({
            "diagnosis": { "sites": ["pulmonary", "pleura"] },
            "treatments": [treatment("hr"), treatment("bpalm")],
        });
        let lines = lines(&[case], &[Tb]);
        let values =
            ["sites", "treatments", "regimen", "outcome", "contacts"].map(|column| value(&lines, column));
        assert_eq!(values, ["pulmonary pleura", "2", "bpalm", "cured", ""]);
        let bytes = written(&[] as &[Value], &BTreeSet::new()).unwrap();
        assert!(bytes.starts_with(b"\"case\""), "no byte order mark");
    }
}
