//! Holds answers of the API against its own description. The unit tests of `src/web/api` use it, too.

use serde_json::{Value, json};

/// An OpenAPI 3.1 document.
pub struct Description {
    pub document: Value,
}

impl Description {
    pub fn new(text: &str) -> Self {
        Self { document: serde_json::from_str(text).expect("a description in JSON") }
    }

    /// Panics when the description says nothing of such an answer.
    #[track_caller]
    pub fn allows(&self, method: &str, path: &str, status: u16, kind: Option<&str>, body: &str) {
        if let Some(fault) = self.fault(method, path, status, kind, body) {
            panic!("{method} {path} answers {status}, undescribed: {fault}\n{body}");
        }
    }

    fn fault(
        &self,
        method: &str,
        path: &str,
        status: u16,
        kind: Option<&str>,
        body: &str,
    ) -> Option<String> {
        let Some(operation) = self.operation(method, path) else {
            let none = matches!(status, 404 | 405);
            return (!none).then(|| "there is no such call".to_owned());
        };
        let response = &operation["responses"][status.to_string()];
        if response.is_null() {
            return Some("the call has no such status".to_owned());
        }
        let Some(contents) = response["content"].as_object() else {
            return (!body.is_empty()).then(|| "there should be no body".to_owned());
        };
        let kind = kind.unwrap_or_default();
        let Some(content) = contents.get(kind) else {
            return Some(format!("`{kind}` is not its content type"));
        };
        let Ok(body) = serde_json::from_str(body) else {
            return Some("the body is no JSON".to_owned());
        };
        self.schema_fault(&content["schema"], &body)
    }

    /// The call that `path` leads to; a part in words goes before one in braces.
    fn operation(&self, method: &str, path: &str) -> Option<&Value> {
        let asked: Vec<&str> = path.split('?').next()?.split('/').collect();
        let leads = |template: &str| {
            let parts: Vec<&str> = template.split('/').collect();
            parts.len() == asked.len()
                && parts
                    .iter()
                    .zip(&asked)
                    .all(|(part, asked)| part.starts_with('{') || part == asked)
        };
        let paths = self.document["paths"].as_object()?;
        let found = paths.iter().filter(|(template, _)| leads(template));
        let (_, operations) = found.min_by_key(|(template, _)| template.matches('{').count())?;
        operations.get(method.to_lowercase())
    }

    /// What of `body` is otherwise than one of the document's schemas says.
    pub fn schema_fault(&self, schema: &Value, body: &Value) -> Option<String> {
        let mut schema = schema.clone();
        schema["$schema"] = json!("https://json-schema.org/draft/2020-12/schema");
        schema["components"] = self.document["components"].clone();
        let validator = jsonschema::options()
            .should_validate_formats(true)
            .build(&schema)
            .expect("the description's schemas are schemas");
        validator
            .iter_errors(body)
            .next()
            .map(|error| format!("{}: {error}", error.instance_path()))
    }
}

#[test]
fn an_answer_that_is_not_described_is_found() {
    let description = Description::new(
        r#"{"paths": {"/a/{id}": {"get": {"responses": {
            "200": {"content": {"application/json": {"schema": {
                "required": ["at"], "properties": {"at": {"type": "string", "format": "date-time"}}
            }}}},
            "204": {}
        }}}}}"#,
    );
    let json = Some("application/json");
    let table = [
        ("GET", "/a/1?x=2", 200, json, r#"{"at":"2027-01-15T08:00:00Z"}"#, true),
        ("GET", "/a/1", 204, None, "", true),
        ("GET", "/b", 404, json, "{}", true),
        ("GET", "/b", 200, json, "{}", false),
        ("PUT", "/a/1", 200, json, r#"{"at":"2027-01-15T08:00:00Z"}"#, false),
        ("GET", "/a/1", 201, json, r#"{"at":"2027-01-15T08:00:00Z"}"#, false),
        ("GET", "/a/1", 200, Some("text/html"), r#"{"at":"2027-01-15T08:00:00Z"}"#, false),
        ("GET", "/a/1", 200, json, "{}", false),
        ("GET", "/a/1", 200, json, r#"{"at":"soon"}"#, false),
        ("GET", "/a/1", 200, json, "{", false),
        ("GET", "/a/1", 204, None, "{}", false),
    ];
    for (method, path, status, kind, body, good) in table {
        let fault = description.fault(method, path, status, kind, body);
        assert_eq!(fault.is_none(), good, "{method} {path} {status} {body}: {fault:?}");
    }
}
