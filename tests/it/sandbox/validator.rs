//! Judges objects by Stripe's description of them.

use std::io::Read;

use serde_json::Value;

/// Stripe's description of its objects.
pub(super) struct Description(Value);

impl Description {
    /// The description in the folder that the environment names, if it names one.
    pub(super) fn load() -> Option<Description> {
        let folder = std::env::var_os("COINSLOT_STRIPE_DESCRIPTION")?;
        let file = std::fs::File::open(std::path::Path::new(&folder).join("endive.json.gz"));
        let mut json = String::new();
        flate2::read::GzDecoder::new(file.expect("is there")).read_to_string(&mut json).unwrap();
        Some(Description(serde_json::from_str(&json).unwrap()))
    }

    /// What is wrong with an object, by the schema of its kind.
    pub(super) fn faults(&self, object: &Value) -> Vec<String> {
        let kind = object["object"].as_str().expect("has a kind");
        let deleted = object["deleted"] == true;
        let schemas = self.0["components"]["schemas"].as_object().unwrap();
        let schema = if deleted {
            schemas.get(&format!("deleted_{}", kind.replace('.', "_")))
        } else {
            schemas.values().find(|schema| schema["x-resourceId"] == kind)
        };
        let mut faults = Vec::new();
        match schema {
            Some(schema) => self.check(schema, object, kind, &mut faults),
            None => faults.push(format!("{kind}: no schema")),
        }
        faults
    }

    fn check(&self, schema: &Value, value: &Value, at: &str, faults: &mut Vec<String>) {
        let schema = self.resolve(schema);
        if value.is_null() {
            if schema["nullable"] != true {
                faults.push(format!("{at}: null"));
            }
            return;
        }
        if let Some(choices) = schema["anyOf"].as_array() {
            let alike =
                |choice: &&Value| value.is_object() == (self.resolve(choice)["type"] == "object");
            let attempts = choices.iter().filter(alike).map(|choice| {
                let mut faults = Vec::new();
                self.check(choice, value, at, &mut faults);
                faults
            });
            match attempts.min_by_key(Vec::len) {
                Some(best) => faults.extend(best),
                None => faults.push(format!("{at}: no form fits {value}")),
            }
            return;
        }
        if let Some(allowed) = schema["enum"].as_array()
            && !allowed.contains(value)
        {
            faults.push(format!("{at}: {value} is not allowed"));
        }
        let fits = match schema["type"].as_str() {
            Some("string") => value.is_string(),
            Some("integer") => value.is_i64(),
            Some("number") => value.is_number(),
            Some("boolean") => value.is_boolean(),
            Some("array") => value.is_array(),
            Some("object") => value.is_object(),
            _ => true,
        };
        if !fits {
            faults.push(format!("{at}: {value} is no {}", schema["type"]));
            return;
        }
        for (index, element) in value.as_array().into_iter().flatten().enumerate() {
            self.check(&schema["items"], element, &format!("{at}[{index}]"), faults);
        }
        if let (Some(object), Some(properties)) =
            (value.as_object(), schema["properties"].as_object())
        {
            for name in schema["required"].as_array().into_iter().flatten() {
                if !object.contains_key(name.as_str().unwrap()) {
                    faults.push(format!("{at}: {name} is missing"));
                }
            }
            for (name, value) in object {
                match properties.get(name) {
                    Some(schema) => self.check(schema, value, &format!("{at}.{name}"), faults),
                    None if schema.get("x-resourceId").is_some() => {
                        faults.push(format!("{at}.{name}: unknown"));
                    }
                    None => {}
                }
            }
        }
    }

    fn resolve<'a>(&'a self, schema: &'a Value) -> &'a Value {
        match schema["$ref"].as_str() {
            Some(reference) => {
                self.resolve(self.0.pointer(reference.trim_start_matches('#')).expect("resolves"))
            }
            None => schema,
        }
    }
}
