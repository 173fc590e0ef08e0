use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::date;
use safar_domain::{
    case::{
        diagnosis::{Confirmation, ResistanceCategory, Site, TreatmentHistory},
        handoff::{
            Urgency, Warning,
            event::{ExternalDestination, OverrideGround},
            packet::{
                Packet, PacketDiagnosis, PacketSeal, PacketSpecimen, PacketTb, PacketTest, PacketTreatment,
                SealedPacket, TreatmentPhase,
            },
        },
        laboratory::{
            CultureGrowth, Drug, Finding, MolecularFinding, SmearGrade, SpecimenKind, Susceptibility,
            TestResult,
        },
        programme::Programme,
        treatment::{AdverseEvent, AdverseEventKind},
    },
    ids::Country,
    person::{Birth, DescribePerson, PersonName, Personal, Sex},
};
use schemars::{JsonSchema, schema_for};
use sha2::{Digest as _, Sha256};

use super::{HandoffPage, handoff_page, order};
use crate::{
    language::{self, Language},
    testing::Text,
};

fn name(family: &str, given: &str, patronymic: Option<&str>) -> PersonName {
    PersonName {
        family: Personal::new(family),
        given: Some(Personal::new(given)),
        patronymic: patronymic.map(Personal::new),
    }
}

fn patient() -> DescribePerson {
    DescribePerson {
        names: vec![name("Ғафуров", "Әбдіқадыр", Some("Ҷӯраевич")), name("Ghafurov", "Abdiqadyr", None)],
        birth: Birth::Month { year: 1991, month: 4 },
        sex: Sex::Male,
        citizenship: Some(Country::TJ),
        telephones: vec![Personal::new("+992900000001")],
    }
}

fn test(finding: Finding) -> PacketTest {
    let (performed_on, resulted_on) = (date(2026, 8, 2), date(2026, 8, 20));
    let specimen = PacketSpecimen { kind: SpecimenKind::Sputum, collected_on: date(2026, 8, 1) };
    PacketTest { specimen, result: TestResult { performed_on, resulted_on, finding } }
}

fn tests() -> Vec<PacketTest> {
    let results = [
        (Drug::Rifampicin, Susceptibility::Resistant),
        (Drug::Isoniazid, Susceptibility::Resistant),
        (Drug::Fluoroquinolone, Susceptibility::Susceptible),
    ];
    vec![
        test(Finding::Molecular {
            mtb: MolecularFinding::Medium,
            rifampicin: Some(Susceptibility::Resistant),
            kit: None,
            results: BTreeMap::new(),
        }),
        test(Finding::DrugSusceptibility { results: BTreeMap::from(results), method: None }),
        test(Finding::Smear { grade: SmearGrade::Scanty, bacilli: Some(7) }),
        test(Finding::Culture {
            growth: CultureGrowth::Tuberculosis,
            grade: None,
            colonies: None,
            days: None,
        }),
    ]
}

fn treatment() -> PacketTreatment {
    PacketTreatment {
        latest_weight: None,
        regimen: "longer".to_owned(),
        composition: vec![Drug::Bedaquiline, Drug::Clofazimine],
        phase: Some(TreatmentPhase::Intensive),
        started_on: date(2026, 8, 25),
        expected_end: date(2028, 2, 25),
        weight_kg: Some(61),
        doses_taken: 60,
        doses_missed: 9,
        last_dose_on: Some(date(2026, 11, 2)),
        next_dose_on: Some(date(2026, 11, 4)),
        medicine_until: Some(date(2026, 11, 13)),
        medicine_days: Some(10),
        interrupted_since: Some(date(2026, 11, 5)),
        adverse_events: vec![AdverseEvent {
            on: date(2026, 9, 20),
            kind: AdverseEventKind::PeripheralNeuropathy,
            grade: 2,
            suspected: vec![Drug::Linezolid],
            action: None,
            course: None,
        }],
        changes: vec![],
    }
}

fn tuberculosis() -> PacketTb {
    let diagnosis = PacketDiagnosis {
        sites: BTreeSet::from([Site::Pulmonary]),
        confirmation: Confirmation::BacteriologicallyConfirmed,
        history: TreatmentHistory::New,
        resistance: ResistanceCategory::MultidrugResistant,
        definitions: "who-2024".to_owned(),
    };
    let pending = PacketSpecimen { kind: SpecimenKind::Urine, collected_on: date(2026, 11, 1) };
    PacketTb {
        earlier: vec![],
        diagnosis: Some(diagnosis),
        tests: tests(),
        pending: vec![pending],
        treatment: Some(treatment()),
    }
}

fn packet() -> Packet {
    serde_json::from_value(serde_json::json!({
        "version": 1,
        "handoff": "0190a000-0000-7000-8000-00000000000a",
        "case_revision": 42,
        "person": "0190a000-0000-7000-8000-00000000000b",
        "person_revision": 2,
        "sender": { "organisation": "tb-shymkent", "telephone": "+77252000000", "worker": "tc-aigul" },
        "to": "tb-dushanbe",
        "external": null,
        "offered_at": "2026-11-03T09:15:00Z",
        "programmes": ["support", "tb"],
        "urgency": "infectious",
        "expected_arrival": "2026-11-12",
        "consents": ["0190a000-0000-7000-8000-00000000000c"],
        "override_ground": null,
        "warnings": ["medicine_below_14_days", "infectious_now"],
        "support_given": 4,
        "tb": tuberculosis(),
    }))
    .expect("a packet of this shape")
}

fn sealed(packet: &Packet) -> SealedPacket {
    let seal = PacketSeal {
        version: packet.version,
        case_revision: packet.case_revision,
        person_revision: packet.person_revision,
        sha256: "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08".to_owned(),
    };
    SealedPacket { seal, document: serde_json::to_string(packet).expect("a packet is JSON") }
}

/// The page of a packet and a person, in the hands of `then`.
fn with<T>((packet, patient): (&Packet, &DescribePerson), then: impl FnOnce(&HandoffPage<'_>) -> T) -> T {
    let (sender, destination) = ("Shymkent TB centre", Some("Душанбе, Маркази сил"));
    then(&HandoffPage { sealed: &sealed(packet), patient: Some(patient), sender, destination })
}

fn text(packet: &Packet, patient: &DescribePerson, language: Language) -> Text {
    with((packet, patient), |page| Text::of(order(page, language).unwrap()))
}

fn printed(packet: &Packet, language: Language) -> Vec<u8> {
    with((packet, &patient()), |page| handoff_page(page, language).unwrap())
}

#[test]
fn the_page_tells_all_that_the_packet_holds() {
    let text = text(&packet(), &patient(), Language::En);
    for shown in [
        "Shymkent TB centre (tb-shymkent)",
        "Telephone +77252000000",
        "Worker tc-aigul",
        "Душанбе, Маркази сил (tb-dushanbe)",
        "Sent on 03.11.2026 09:15 UTC",
        "Expected arrival 12.11.2026",
        "Programmes case support, tuberculosis",
        "urgent: the patient may infect others",
        "Less than 14 days of medicine in hand",
        "The patient may infect others now",
        "Ғафуров Әбдіқадыр Ҷӯраевич · Ghafurov Abdiqadyr",
        "Born 04.1991",
        "Sex male",
        "Citizenship Tajikistan",
        "Telephones +992900000001",
        "Consent 0190a000-0000-7000-8000-00000000000c",
        "Site pulmonary",
        "How confirmed bacteriologically confirmed",
        "Earlier treatment new case",
        "Resistance multidrug-resistant (MDR)",
    ] {
        assert!(text.shows(shown), "{shown}");
    }
}

#[test]
fn the_page_tells_how_to_go_on_with_the_treatment() {
    let text = text(&packet(), &patient(), Language::En);
    for shown in [
        "Regimen longer",
        "Drugs bedaquiline, clofazimine",
        "Phase intensive",
        "Began on 25.08.2026",
        "Expected end 25.02.2028",
        "Last dose taken on 02.11.2026",
        "Next dose due on 04.11.2026",
        "Doses taken 60",
        "Doses missed 9",
        "Days of medicine in hand 10",
        "Medicine lasts until 13.11.2026",
        "Weight at the start 61 kg",
        "Interrupted since 05.11.2026",
        "20.09.2026 peripheral neuropathy 2 linezolid",
        "sputum 01.08.2026 02.08.2026 20.08.2026 Rapid molecular test: MTB detected, medium; rifampicin: resistant",
        "Susceptibility: rifampicin: resistant; isoniazid: resistant; fluoroquinolone: susceptible",
        "Microscopy: scanty (7 bacilli)",
        "Culture: M. tuberculosis",
        "Results still out urine 01.11.2026",
        "Revision of the case 42",
        "SHA-256 of the packet 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    ] {
        assert!(text.shows(shown), "{shown}");
    }
}

#[test]
fn the_slip_says_where_it_goes_and_not_who_the_patient_is() {
    for language in Language::ALL {
        let text = text(&packet(), &patient(), language);
        let labels: toml::Table = language::labels(language).parse().unwrap();
        let slip = text.after(labels["slip"]["title"].as_str().unwrap());
        assert!(slip.shows("Shymkent TB centre, +77252000000"), "{language}");
        assert!(slip.shows("0190a000-0000-7000-8000-00000000000a"), "{language}");
        for secret in ["Ғафуров", "Ghafurov", "1991", "992900000001", "MDR"] {
            assert!(!slip.shows(secret), "{language}: {secret}");
            assert!(text.shows(secret), "{language}: {secret}");
        }
    }
}

#[test]
fn what_is_not_known_is_said_to_be_unknown() {
    let mut packet = packet();
    packet.expected_arrival = None;
    packet.sender.telephone = None;
    if let Some(treatment) = packet.tb.as_mut().and_then(|tb| tb.treatment.as_mut()) {
        (treatment.last_dose_on, treatment.medicine_days, treatment.phase) = (None, None, None);
    }
    let text = text(&packet, &patient(), Language::En);
    for shown in [
        "Expected arrival not recorded",
        "Telephone not recorded",
        "Last dose taken on not recorded",
        "Days of medicine in hand not recorded",
        "Phase not recorded",
    ] {
        assert!(text.shows(shown), "{shown}");
    }
}

#[test]
fn a_handoff_of_support_alone_tells_nothing_of_tuberculosis() {
    let support = Packet { tb: None, programmes: BTreeSet::from([Programme::Support]), ..packet() };
    let person = patient();
    with((&support, &person), |page| {
        let page = HandoffPage { sender: "NGO", destination: Some("NGO"), ..*page };
        let text = Text::of(order(&page, Language::En).unwrap());
        assert!(!text.0.to_lowercase().contains("tubercul") && !text.shows("Regimen"));
    });
}

#[test]
fn a_destination_outside_the_network_and_an_override_are_named() {
    let name = "Samara regional dispensary".to_owned();
    let external = ExternalDestination { name, country: Country::RU, telephone: Some("+78460000000".into()) };
    let ground = Some(OverrideGround::VitalInterest);
    let packet = Packet { external: Some(external), override_ground: ground, ..packet() };
    let text = text(&packet, &patient(), Language::En);
    assert!(text.shows("Samara regional dispensary, Russian Federation, +78460000000"));
    assert!(!text.shows("tb-dushanbe"));
    assert!(text.shows("Sent without consent, on the ground"));
    assert!(text.shows("the life of the patient or of another is at stake"));
}

#[test]
fn a_reader_who_proves_without_a_name_gets_none() {
    let (packet, person) = (packet(), patient());
    with((&packet, &person), |page| {
        let unnamed = HandoffPage { patient: None, ..*page };
        let text = Text::of(order(&unnamed, Language::En).unwrap());
        for secret in ["Ғафуров", "Ghafurov", "1991", "+992900000001"] {
            assert!(!text.shows(secret), "{secret}");
        }
        assert!(text.shows("Patient not shown to this reader") && text.shows("Regimen longer"));
        assert!(handoff_page(&unnamed, Language::En).unwrap() != handoff_page(page, Language::En).unwrap());
    });
}

#[test]
fn a_name_keeps_every_letter_of_the_corridor() {
    for letters in ["ӘҒҚҢӨҰҮҺІәғқңөұүһі", "ҒӢҚӮҲҶғӣқӯҳҷ", "Ўўʻʼ"] {
        let person = DescribePerson { names: vec![name(letters, "A", None)], ..patient() };
        for language in Language::ALL {
            assert!(text(&packet(), &person, language).shows(letters), "{language} {letters}");
            // The standards refuse a letter without a shape, so that it prints says that the letters are drawn.
            with((&packet(), &person), |page| handoff_page(page, language).unwrap());
        }
    }
}

#[test]
fn a_letter_that_cannot_be_drawn_costs_the_letter_and_not_the_page() {
    let person = DescribePerson { names: vec![name("王\u{7}", "Wang", None)], ..patient() };
    assert!(text(&packet(), &person, Language::En).shows("\u{25a1}\u{25a1} Wang"));
    with((&packet(), &person), |page| handoff_page(page, Language::En).unwrap());
}

#[test]
fn what_a_record_says_is_never_read_as_markup() {
    let hostile = "#panic(1) *x* $y$ \\ <a>";
    let person = DescribePerson { names: vec![name(hostile, "A", None)], ..patient() };
    assert!(text(&packet(), &person, Language::En).shows(hostile));
}

#[test]
fn a_long_history_takes_more_pages_and_has_one_slip_on_the_last() {
    let mut long = packet();
    if let Some(tb) = long.tb.as_mut() {
        tb.tests = (0..30).flat_map(|_| tests()).collect();
    }
    let person = patient();
    let pages =
        with((&long, &person), |page| order(page, Language::En).unwrap().set().unwrap().pages().len());
    assert!(pages > 2, "{pages}");
    assert_eq!(text(&long, &person, Language::En).count("Return slip"), 1);
    with((&long, &person), |page| handoff_page(page, Language::Kk).unwrap());
}

#[test]
fn the_same_packet_gives_the_same_bytes_and_another_packet_others() {
    for language in Language::ALL {
        assert!(printed(&packet(), language) == printed(&packet(), language), "{language}");
    }
    let other = Packet { case_revision: 43, ..packet() };
    assert!(printed(&packet(), Language::En) != printed(&other, Language::En));
    assert!(printed(&packet(), Language::En) != printed(&packet(), Language::Ru));
}

/// Every process and every machine prints these bytes. After a change of the template, the labels or the typesetter, look at a page
/// and write the new digest here.
#[test]
fn the_bytes_are_those_of_yesterday_and_of_another_machine() {
    let digest = Sha256::digest(printed(&packet(), Language::Kk));
    let digest: String = digest
        .iter()
        .flat_map(|byte| [byte >> 4, byte & 15])
        .filter_map(|half| char::from_digit(half.into(), 16))
        .collect();
    assert_eq!(digest, "382782d81ef3371cd885dcd48aa3d417e83460cd71a793a31f5cd0966aba3267");
}

#[test]
fn the_page_is_tagged_for_readers_and_archives() {
    let bytes = String::from_utf8_lossy(&printed(&packet(), Language::Tg)).into_owned();
    for mark in ["%PDF-1.7", "<pdfuaid:part>1</pdfuaid:part>", "<pdfaid:part>2</pdfaid:part>", "/Lang"] {
        assert!(bytes.contains(mark), "{mark}");
    }
    assert!(bytes.contains("2026-11-03T09:15:00"), "it is dated as the offer is");
}

/// Beginnings of the words of the compartment that has no place on this page.
const HIV: [&str; 11] =
    ["hiv", "aids", "antiretro", "вич", "спид", "антиретро", "внмо", "бнмо", "аитв", "житс", "иммунодеф"];

fn words_of_hiv(text: &str) -> Vec<&'static str> {
    let text = text.to_lowercase();
    let words: Vec<_> = text.split(|letter: char| !letter.is_alphabetic()).collect();
    HIV.into_iter().filter(|stem| words.iter().any(|word| word.starts_with(stem))).collect()
}

#[test]
fn the_page_has_no_word_of_hiv_to_print() {
    for language in Language::ALL {
        assert_eq!(words_of_hiv(language::labels(language)), Vec::<&str>::new(), "{language}");
        assert_eq!(words_of_hiv(&sealed(&packet()).document), Vec::<&str>::new());
    }
    assert_eq!(words_of_hiv("ВИЧ-статус, anti-HIV"), ["hiv", "вич"]);
}

/// The words of a vocabulary as they are on the wire.
fn vocabulary<T: JsonSchema>() -> BTreeSet<String> {
    fn collect(schema: &serde_json::Value, words: &mut BTreeSet<String>) {
        let listed = schema["enum"].as_array().into_iter().flatten();
        let said = listed.chain(schema.get("const")).filter_map(|word| word.as_str());
        words.extend(said.map(str::to_owned));
        schema["oneOf"].as_array().into_iter().flatten().for_each(|one| collect(one, words));
    }
    let mut words = BTreeSet::new();
    collect(&schema_for!(T).to_value(), &mut words);
    assert!(!words.is_empty(), "a vocabulary has words");
    words
}

#[test]
fn every_word_of_the_vocabularies_is_translated() {
    let sections = [
        ("programme", vocabulary::<Programme>()),
        ("urgency", vocabulary::<Urgency>()),
        ("warning", vocabulary::<Warning>()),
        ("ground", vocabulary::<OverrideGround>()),
        ("sex", vocabulary::<Sex>()),
        ("site", vocabulary::<Site>()),
        ("confirmation", vocabulary::<Confirmation>()),
        ("history", vocabulary::<TreatmentHistory>()),
        ("resistance", vocabulary::<ResistanceCategory>()),
        ("phase", vocabulary::<TreatmentPhase>()),
        ("specimen", vocabulary::<SpecimenKind>()),
        ("smear", vocabulary::<SmearGrade>()),
        ("growth", vocabulary::<CultureGrowth>()),
        ("mtb", vocabulary::<MolecularFinding>()),
        ("susceptibility", vocabulary::<Susceptibility>()),
        ("drug", vocabulary::<Drug>()),
        ("reaction", vocabulary::<AdverseEventKind>()),
    ];
    let labels: toml::Table = language::labels(Language::En).parse().unwrap();
    for (section, words) in sections {
        let translated: BTreeSet<String> = labels[section].as_table().unwrap().keys().cloned().collect();
        assert_eq!(translated, words, "{section}");
    }
}
