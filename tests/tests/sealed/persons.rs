//! Persons: found by name with the key, unknown without it, gone when their key is destroyed.

use std::collections::BTreeSet;

use anyhow::Result;
use safar_api::{
    clock::Clock,
    commands::findings,
    ids::Ids,
    node::{Node, store_options, vault_as_it_is},
    problem::Problem,
};
use safar_domain::{
    ids::{OrganisationId, PersonId},
    person::{Birth, DescribePerson, Person, PersonCommand, PersonName, Personal, Sex, spelling},
};
use safar_event_store::{Append, CommandKey, EventStore, NewEvent, Revision, StreamId, StreamWrite};
use safar_projections::{ReadModels, rebuild_with};
use safar_vault::{Compartment, Held};
use uuid::Uuid;

use crate::place::{Engine, Place, caller, request};

fn described() -> DescribePerson {
    let [family, given] = ["Ҷӯраев", "Фирӯз"].map(Personal::new);
    DescribePerson {
        names: vec![PersonName { family, given: Some(given), patronymic: None }],
        birth: Birth::Year { year: 1991 },
        sex: Sex::Male,
        citizenship: None,
        telephones: vec![Personal::new("+992 900 00 00 01")],
    }
}

/// The keys under which somebody else would write the same name.
fn keys() -> BTreeSet<String> {
    let [family, given] = ["Dzhuraev", "Firuz"].map(Personal::new);
    let name = PersonName { family, given: Some(given), patronymic: None };
    spelling::keys(&[name], Some(Birth::Year { year: 1991 }))
}

pub(crate) async fn registered(node: &Node) -> Result<PersonId, Problem> {
    let (caller, request) = (caller(node), request(node));
    let person = PersonId(Ids::derive(caller.actor.worker.as_str(), request.key, "created"));
    let command = PersonCommand::Register(described());
    node.app.execute::<Person>(&person, &command, (&caller, &request), |_| Ok(())).await?;
    Ok(person)
}

pub(crate) async fn found(models: &ReadModels) -> Result<Vec<PersonId>> {
    let aktobe: OrganisationId = "kz-aids-aktobe".parse()?;
    let rows = models.find_persons(&keys(), &aktobe, 10).await?;
    let by_list = models.registered_by(&aktobe, 10).await?;
    let found: Vec<_> = rows.iter().filter_map(|row| row.record.id).collect();
    assert_eq!(found, by_list);
    let stranger: OrganisationId = "tj-aids-centre".parse()?;
    assert!(models.find_persons(&keys(), &stranger, 10).await?.is_empty());
    Ok(found)
}

fn code<T>(answered: Result<T, Problem>) -> (u16, &'static str) {
    answered.map_or_else(|problem| (problem.status().into(), problem.code()), |_| (200, "ok"))
}

pub(crate) async fn a_person_is_found_by_the_name_in_another_script_until_the_key_is_destroyed(
    engine: Engine,
) -> Result<()> {
    let place = Place::on(engine).await?;
    let node = place.node().await?;
    let person = registered(&node).await.expect("taken");
    node.caught_up().await?;
    assert_eq!(found(&node.app.models).await?, [person]);
    let vault = vault_as_it_is(&place.config).await?;
    let anew = place.folder().join("anew.sqlite");
    rebuild_with(&node.app.store, &anew, &vault, |_, _| ()).await?;
    assert_eq!(found(&ReadModels::open_with(&anew, vault.clone()).await?).await?, [person]);

    let name = node.app.vault().stream_name(Compartment::Identity, &person.to_string())?;
    vault.destroy(Compartment::Identity, &format!("person-{name}")).await?;
    let again = vault_as_it_is(&place.config).await?;
    rebuild_with(&node.app.store, &anew, &again, |_, _| ()).await?;
    assert!(found(&ReadModels::open_with(&anew, again).await?).await?.is_empty());
    node.close().await;
    let node = place.node().await?;
    assert_eq!(code(node.app.record::<Person>(person).await), (410, "erased"));
    node.close().await;
    Ok(())
}

pub(crate) async fn without_the_key_of_identity_persons_wait_and_everything_else_goes_on(
    engine: Engine,
) -> Result<()> {
    let place = Place::on(engine).await?;
    let node = place.node().await?;
    let person = registered(&node).await.expect("taken");
    node.close().await;
    std::fs::remove_file(place.folder().join("read-models.sqlite"))?;
    let (key, kept) = (place.folder().join("identity.key"), place.folder().join("kept"));
    std::fs::rename(&key, &kept)?;
    let locked = Node::open(&place.config, false, Clock::system()).await?;
    let held = |compartment| locked.app.vault().holds(compartment);
    assert_eq!((held(Compartment::Identity), held(Compartment::Hiv)), (Held::Absent, Held::Open));
    locked.caught_up().await?;
    assert_eq!(locked.app.models.sealed_waiting().await?, 1);
    assert_eq!(code(locked.app.record::<Person>(person).await), (503, "key_unavailable"));
    assert_eq!(code(registered(&locked).await), (503, "key_unavailable"));
    crate::place::write::<true>(&locked, Uuid::from_u128(1), "one").await.expect("HIV has its key");
    let checked = findings(&locked.app.store, locked.app.vault()).await?;
    assert_eq!((checked.events, checked.closed, checked.findings.len()), (2, 1, 0));
    locked.close().await;
    std::fs::rename(kept, key)?;
    let node = place.node().await?;
    assert_eq!(found(&node.app.models).await?, [person]);
    node.close().await;
    Ok(())
}

pub(crate) async fn a_log_with_persons_in_the_clear_is_refused(engine: Engine) -> Result<()> {
    let place = Place::on(engine).await?;
    let store = EventStore::open(store_options(&place.config, true, None)).await?;
    let id = Uuid::from_u128(7);
    let event = NewEvent {
        event_id: id,
        event_type: "person.registered.v1".to_owned(),
        occurred_at: Clock::system().now(),
        payload: b"{}".to_vec(),
        metadata: b"{}".to_vec(),
    };
    let stream = StreamId::new("person", id);
    let write = StreamWrite { stream, expected: Revision::ABSENT, events: vec![event] };
    let command = CommandKey { actor: "sw-galaba".to_owned(), id };
    store.append(Append { command, fingerprint: [0; 32], writes: vec![write] }).await?;
    let checked = findings(&store, &vault_as_it_is(&place.config).await?).await?;
    assert!(checked.findings.iter().any(|finding| finding.contains("not sealed")), "{checked:?}");
    store.close().await;
    let refused = place.node().await.err().map(|error| error.to_string()).unwrap_or_default();
    assert!(refused.contains("person streams in the clear"), "{refused}");
    Ok(())
}
