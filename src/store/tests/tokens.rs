use super::super::tokens::{self, Scope, Token};
use super::{Result, begun};
use crate::domain::testing::at;

fn token(id: &str, scope: Scope, created_at: i64) -> Token {
    Token {
        id: id.to_owned(),
        name: format!("the {id}"),
        scope,
        created_at: at(created_at),
        last_used_at: None,
    }
}

#[tokio::test]
async fn a_token_works_by_its_hash_until_it_is_revoked() -> Result<()> {
    let (mut tx, _store, _folder) = begun().await?;
    let (newer, older) = (token("tok_a", Scope::Admin, 2), token("tok_b", Scope::Panel, 1));
    tokens::put(&mut tx, &newer, b"hash a").await?;
    tokens::put(&mut tx, &older, b"hash b").await?;
    assert_eq!(tokens::by_hash(&mut tx, b"hash a").await?, Some(newer.clone()));
    assert_eq!(tokens::by_hash(&mut tx, b"hash").await?, None);
    assert_eq!(tokens::list(&mut tx).await?, [older.clone(), newer.clone()], "oldest first");

    tokens::touch(&mut tx, "tok_b", at(9)).await?;
    let used = Token { last_used_at: Some(at(9)), ..older };
    assert_eq!(tokens::by_hash(&mut tx, b"hash b").await?, Some(used.clone()));

    for (id, expected) in [("tok_a", true), ("tok_a", false), ("tok_9", false)] {
        assert_eq!(tokens::revoke(&mut tx, id, at(10)).await?, expected, "{id}");
    }
    assert_eq!(tokens::by_hash(&mut tx, b"hash a").await?, None);
    assert_eq!(tokens::list(&mut tx).await?, [used]);
    Ok(())
}

#[tokio::test]
async fn neither_an_id_nor_a_secret_is_given_twice() -> Result<()> {
    let (mut tx, _store, _folder) = begun().await?;
    tokens::put(&mut tx, &token("tok_a", Scope::Panel, 0), b"hash a").await?;
    for (id, hash) in [("tok_a", b"hash b"), ("tok_b", b"hash a")] {
        let put = tokens::put(&mut tx, &token(id, Scope::Panel, 0), hash).await;
        assert!(put.is_err(), "{id}");
    }
    Ok(())
}

#[test]
fn a_scope_reads_what_it_writes() {
    for scope in [Scope::Panel, Scope::Admin] {
        assert_eq!(Scope::parse(scope.as_str()), Some(scope));
    }
    assert_eq!(Scope::parse("root"), None);
}
