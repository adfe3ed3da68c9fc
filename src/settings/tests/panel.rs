//! `[default.billing.panel]` and its templates.

use super::{lines, read, refused};
use crate::settings::{Dialect, Users};

const PTERODACTYL: &str = "[default.billing.panel]
kind = \"pterodactyl\"
url = \"https://panel.example.com/\"
[default.billing.panel.templates.paper]
nest = 1
egg = 5
docker_image = \"ghcr.io/java:21\"
startup = \"java -jar server.jar\"
environment = { VERSION = \"1.21\", BUILD = 7, EULA = true }
limits = { memory = 2048, disk = 10240, cpu = 200, threads = \"0-1\" }
deploy = { locations = [1, 2] }
";

const PELICAN: &str = "[default.billing.panel]
kind = \"pelican\"
url = \"http://10.0.0.2\"
users = \"create\"
instance = \"shop_1\"
[default.billing.panel.templates.paper]
egg = 5
limits = { memory = 2048, disk = 10240, cpu = 200 }
deploy = { tags = [\"eu\"], port_range = [\"25565-25665\"] }
";

const KEY: (&str, &str) = ("COINSLOT_PANEL_KEY", "ptla_verysecret");

#[test]
fn a_panel_has_an_address_a_key_and_templates_and_its_key_is_never_shown() {
    assert!(read("", &[]).panel.is_none());
    let settings = read(PTERODACTYL, &[KEY]);
    assert!(!format!("{settings:?}").contains("verysecret"));
    let panel = settings.panel.expect("a panel");
    assert_eq!((panel.dialect, panel.users), (Dialect::Pterodactyl, Users::ExternalId));
    assert_eq!((panel.url.as_str(), panel.instance.as_str()), ("https://panel.example.com", "cs"));
    let template = panel.template("paper").expect("a template");
    assert_eq!((template.name.as_str(), template.nest, template.egg), ("paper", Some(1), 5));
    assert_eq!((template.memory, template.swap, template.io), (2048, 0, 500));
    assert_eq!(template.environment["BUILD"], "7");
    assert_eq!(template.environment["EULA"], "true");
    assert_eq!(template.deploy.locations, [1, 2]);

    let panel = read(PELICAN, &[KEY]).panel.expect("a panel");
    assert_eq!((panel.dialect, panel.users), (Dialect::Pelican, Users::Create));
    assert_eq!(panel.instance, "shop_1");
}

#[test]
fn a_wrong_panel_is_told_with_key_value_and_remedy() {
    let table = [
        (
            PTERODACTYL,
            "kind = \"pterodactyl\"",
            "kind = \"ptero\"",
            ["panel.kind", "ptero", "pelican"],
        ),
        (PTERODACTYL, "https://panel.example.com/", "panel", ["panel.url", "panel", "https://"]),
        (PELICAN, "shop_1", "shop/1", ["panel.instance", "shop/1", "A-Z"]),
        (PELICAN, "\"create\"", "\"any\"", ["panel.users", "any", "external_id"]),
        (PELICAN, "users =", "usres =", ["panel.usres", "no such key", "billing.panel.users"]),
        (PELICAN, "egg = 5", "", ["templates.paper.egg", "not set", "number of the egg"]),
        (
            PELICAN,
            "egg = 5",
            "egg = 5\nnest = 1",
            ["templates.paper.nest", "Pelican", "leave it out"],
        ),
        (PTERODACTYL, "nest = 1", "", ["templates.paper.nest", "not set", "copy it"]),
        (
            PTERODACTYL,
            "docker_image",
            "image",
            ["templates.paper.image", "no such", "docker_image"],
        ),
        (PELICAN, "memory = 2048", "memory = 0", ["limits.memory", "\"0\"", "from 1"]),
        (PELICAN, "disk = 10240", "disk = 0", ["limits.disk", "\"0\"", "from 1"]),
        (PELICAN, "cpu = 200", "cpu = -1", ["limits.cpu", "-1", "from 1"]),
        (PELICAN, "cpu = 200", "cpu = 2, threads = \"a\"", ["limits.threads", "\"a\"", "0,2-3"]),
        (PELICAN, "\"25565-25665\"", "", ["deploy.port_range", "not set", "without any port"]),
        (PELICAN, "25565-25665", "80", ["deploy.port_range", "80", "from 1024"]),
        (PELICAN, "25565-25665", "25600-25500", ["deploy.port_range", "25600", "25565"]),
        (
            PELICAN,
            "tags = [\"eu\"]",
            "locations = [1]",
            ["deploy.locations", "…", "Pelican has tags"],
        ),
        (PTERODACTYL, "locations", "tags", ["deploy.tags", "…", "Pterodactyl has locations"]),
    ];
    for (good, from, to, words) in table {
        assert!(good.contains(from), "{from}");
        let told = lines(&refused(&good.replacen(from, to, 1), &[KEY])).join("\n");
        for word in words {
            assert!(told.contains(word), "{to}: no `{word}` in {told}");
        }
    }
    let told = lines(&refused(PELICAN, &[]));
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(told[0].contains("panel.key") && told[0].contains("COINSLOT_PANEL_KEY"), "{told:?}");
    let told = lines(&refused("", &[KEY])).join("\n");
    assert!(told.contains("panel.kind") && told.contains("panel.url"), "{told}");
    let told = lines(&refused(PELICAN, &[("COINSLOT_PANEL_KEY", "a secret")])).join("\n");
    assert!(told.contains("panel.key") && !told.contains("a secret"), "{told}");
}
