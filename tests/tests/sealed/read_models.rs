//! The read models of what is sealed: for those who hold the key, and never in the clear.

use anyhow::Result;
use safar_api::{
    clock::Clock,
    node::{Node, vault_as_it_is},
};
use safar_domain::ids::OrganisationId;
use safar_event_store::Position;
use safar_projections::{HivRow, ReadModels, rebuild_with};
use safar_vault::{Compartment, Vault};
use sqlx::{Connection as _, SqliteConnection};
use uuid::Uuid;

use crate::{
    diary::MARKER,
    place::{Engine, Place, write},
};

const CASE: Uuid = Uuid::from_u128(1);
const OTHER: Uuid = Uuid::from_u128(2);

fn organisation(id: &str) -> OrganisationId {
    id.parse().expect("well formed")
}

async fn of_aktobe(models: &ReadModels) -> Result<Vec<HivRow>> {
    Ok(models.hiv_records(&organisation("kz-aids-aktobe"), None, 10).await?)
}

async fn with_records(place: &Place) -> Result<Node> {
    let node = place.node().await?;
    for (case, word) in [(CASE, "one"), (OTHER, MARKER), (CASE, "two")] {
        write::<true>(&node, case, word).await.expect("taken");
    }
    node.caught_up().await?;
    Ok(node)
}

pub(crate) async fn an_organisation_with_a_tie_finds_the_record_and_others_do_not(
    engine: Engine,
) -> Result<()> {
    let place = Place::on(engine).await?;
    let node = with_records(&place).await?;
    let rows = of_aktobe(&node.app.models).await?;
    let mut seen: Vec<(u64, u64)> = rows.iter().map(|row| (row.revision.get(), row.position.get())).collect();
    seen.sort_unstable();
    assert_eq!(seen, [(1, 2), (2, 3)]);
    let definitions = |row: &HivRow| row.record.opening.as_ref().map(|opening| opening.definitions.clone());
    assert!(rows.iter().any(|row| definitions(row).as_deref() == Some(MARKER)));
    let first = &rows[0];
    let after =
        node.app.models.hiv_records(&organisation("kz-aids-aktobe"), Some(first.stream.as_str()), 10).await?;
    assert_eq!(after.len(), 1);
    assert!(node.app.models.hiv_record(&first.stream).await?.is_some_and(|row| row == *first));
    assert!(node.app.models.hiv_records(&organisation("tj-aids-centre"), None, 10).await?.is_empty());
    assert_eq!(node.app.models.sealed_waiting().await?, 0);
    node.close().await;
    Ok(())
}

pub(crate) async fn what_waited_for_the_key_is_folded_when_it_comes(engine: Engine) -> Result<()> {
    let place = Place::on(engine).await?;
    with_records(&place).await?.close().await;
    std::fs::remove_file(place.folder().join("read-models.sqlite"))?;
    let kept = place.folder().join("kept");
    std::fs::rename(place.key(), &kept)?;
    let locked = Node::open(&place.config, false, Clock::system()).await?;
    locked.caught_up().await?;
    assert_eq!(locked.app.models.sealed_waiting().await?, 3);
    assert!(of_aktobe(&locked.app.models).await.is_err(), "without the key nobody can even ask");
    locked.close().await;
    std::fs::rename(kept, place.key())?;
    let node = place.node().await?;
    assert_eq!(node.app.models.sealed_waiting().await?, 0);
    assert_eq!(of_aktobe(&node.app.models).await?.len(), 2);
    write::<true>(&node, CASE, "three").await.expect("taken");
    node.caught_up().await?;
    assert_eq!(of_aktobe(&node.app.models).await?.iter().map(|row| row.revision.get()).sum::<u64>(), 4);
    node.close().await;
    Ok(())
}

/// Everything that the tables hold of sealed records.
async fn held(models: &ReadModels) -> Result<(u64, Vec<u64>)> {
    let waiting = models.sealed_waiting().await?;
    Ok((waiting, of_aktobe(models).await?.iter().map(|row| row.revision.get()).collect()))
}

pub(crate) async fn a_rebuild_gives_the_same_bytes_and_without_the_key_none(engine: Engine) -> Result<()> {
    let place = Place::on(engine).await?;
    let node = with_records(&place).await?;
    let vault = vault_as_it_is(&place.config).await?;
    let anew = place.folder().join("anew.sqlite");
    rebuild_with(&node.app.store, &anew, &vault, |_, _| ()).await?;
    let rebuilt = ReadModels::open_with(&anew, vault).await?;
    assert_eq!(held(&rebuilt).await?, held(&node.app.models).await?);
    let blind = place.folder().join("blind.sqlite");
    rebuild_with(&node.app.store, &blind, &Vault::locked(), |_, _| ()).await?;
    let blind = ReadModels::open(&blind).await?;
    assert_eq!((blind.position().await, blind.sealed_waiting().await?), (Position::from(3), 3));
    node.close().await;
    Ok(())
}

pub(crate) async fn what_was_erased_is_in_no_read_model_after_a_rebuild(engine: Engine) -> Result<()> {
    let place = Place::on(engine).await?;
    let node = with_records(&place).await?;
    let erased = node.app.vault().stream_name(Compartment::Hiv, &OTHER.to_string())?;
    node.app.vault().destroy(Compartment::Hiv, &format!("hiv-{erased}")).await?;
    let anew = place.folder().join("anew.sqlite");
    let vault = vault_as_it_is(&place.config).await?;
    rebuild_with(&node.app.store, &anew, &vault, |_, _| ()).await?;
    let rebuilt = ReadModels::open_with(&anew, vault).await?;
    assert_eq!(held(&rebuilt).await?, (0, vec![2]));
    node.close().await;
    Ok(())
}

pub(crate) async fn nothing_in_clear_rests_in_the_read_models(engine: Engine) -> Result<()> {
    let place = Place::on(engine).await?;
    with_records(&place).await?.close().await;
    let mut bytes = Vec::new();
    for beside in ["", "-wal"] {
        bytes.extend(
            std::fs::read(place.folder().join(format!("read-models.sqlite{beside}"))).unwrap_or_default(),
        );
    }
    let holds = |word: &str| bytes.windows(word.len()).any(|part| part == word.as_bytes());
    for word in [MARKER, "kz-aids-aktobe", "hiv.opened", "definitions", &CASE.to_string()] {
        assert!(!holds(word), "{word}");
    }
    assert!(holds("sealed_records") && holds("hiv-"), "and yet the records are there");
    Ok(())
}

/// More waits than one page holds: what stands still in the first page stands still in the second.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_of_a_stream_is_folded_over_an_event_that_cannot_be_read() -> Result<()> {
    const MANY: u64 = 500;
    let place = Place::on(Engine::Sqlite).await?;
    let node = place.node().await?;
    for (case, word) in [(CASE, "one"), (CASE, "two")] {
        write::<true>(&node, case, word).await.expect("taken");
    }
    for number in 0..MANY {
        write::<true>(&node, OTHER, &format!("word {number}")).await.expect("taken");
    }
    write::<true>(&node, CASE, "three").await.expect("taken");
    node.close().await;
    let models = place.folder().join("read-models.sqlite");
    std::fs::remove_file(&models)?;
    let kept = place.folder().join("kept");
    std::fs::rename(place.key(), &kept)?;
    let locked = Node::open(&place.config, false, Clock::system()).await?;
    locked.caught_up().await?;
    assert_eq!(locked.app.models.sealed_waiting().await?, MANY + 3);
    locked.close().await;
    let mut file = SqliteConnection::connect(&format!("sqlite:{}", models.display())).await?;
    let damage = "UPDATE sealed_waiting SET payload = zeroblob(length(payload)) WHERE position = 2";
    assert_eq!(sqlx::query(damage).execute(&mut file).await?.rows_affected(), 1);
    file.close().await?;
    std::fs::rename(kept, place.key())?;
    let node = place.node().await?;
    let mut revisions: Vec<u64> =
        of_aktobe(&node.app.models).await?.iter().map(|row| row.revision.get()).collect();
    revisions.sort_unstable();
    assert_eq!(revisions, [1, MANY]);
    node.close().await;
    Ok(())
}
