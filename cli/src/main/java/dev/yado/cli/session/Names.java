package dev.yado.cli.session;

import dev.yado.cli.wire.Api;
import dev.yado.cli.wire.ExitCode;
import dev.yado.cli.wire.Failure;
import dev.yado.cli.wire.Json;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;

/** From what people type to ids: an id stands for itself, else the exact name is looked up. */
public record Names(Api api) {
    private static final Pattern ID =
            Pattern.compile("[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}");

    public String vm(String nameOrId) {
        return id("vm", nameOrId, "/v1/vms?name=" + Api.encode(nameOrId));
    }

    /** A tenant's own image wins over one of the same name that is for all tenants. */
    public String image(String nameOrId) {
        return id("image", nameOrId, "/v1/images");
    }

    public String host(String nameOrId) {
        return id("host", nameOrId, "/v1/hosts");
    }

    /** A tenant's own network wins over one of the same name that is for all tenants. */
    public String network(String nameOrId) {
        return id("net", nameOrId, "/v1/networks?name=" + Api.encode(nameOrId));
    }

    public String securityGroup(String nameOrId) {
        return id("secgroup", nameOrId, "/v1/security-groups?name=" + Api.encode(nameOrId));
    }

    public String router(String nameOrId) {
        return id("router", nameOrId, "/v1/routers?name=" + Api.encode(nameOrId));
    }

    /** By the address, as other things are by their name. */
    public String floatingIp(String addressOrId) {
        if (isId(addressOrId)) {
            return addressOrId.toLowerCase(Locale.ROOT);
        }
        List<Json.Document> held = api.all("/v1/floating-ips?address=" + Api.encode(addressOrId));
        if (held.isEmpty()) {
            throw Failure.of(
                    ExitCode.NOT_FOUND,
                    "NOT_FOUND",
                    "there is no floating IP '" + addressOrId + "'",
                    "'yado fip list' shows those that the token sees.");
        }
        return held.getFirst().text("id");
    }

    /** Whether it is the id of a VM's network card. */
    public boolean isCard(String text) {
        if (!isId(text)) {
            return false;
        }
        try {
            api.get("/v1/nics/" + text);
            return true;
        } catch (Failure none) {
            if (none.exit() == ExitCode.NOT_FOUND) {
                return false;
            }
            throw none;
        }
    }

    public String tenant(String nameOrId) {
        return id("tenant", nameOrId, "/v1/tenants");
    }

    public String token(String tenantId, String nameOrId) {
        return id("token", nameOrId, "/v1/tenants/" + tenantId + "/tokens");
    }

    /** Backups have no names; a VM's name stands for its newest one that is whole. */
    public String backup(String idOrVm) {
        if (isId(idOrVm)) {
            return idOrVm.toLowerCase(Locale.ROOT);
        }
        return api.all("/v1/backups?vmId=" + vm(idOrVm)).stream()
                .filter(backup -> backup.text("state").equals("AVAILABLE"))
                .map(backup -> backup.text("id"))
                .findFirst()
                .orElseThrow(() -> Failure.of(
                        ExitCode.NOT_FOUND,
                        "NOT_FOUND",
                        "vm " + idOrVm + " has no backup",
                        "'yado backup list' shows those that the token sees."));
    }

    /** Of the VM, by its name in it. */
    public String snapshot(String vmId, String nameOrId) {
        if (isId(nameOrId)) {
            return nameOrId.toLowerCase(Locale.ROOT);
        }
        List<Json.Document> there = api.all("/v1/vms/" + vmId + "/snapshots").stream()
                .filter(snapshot -> !snapshot.text("state").equals("FAILED"))
                .toList();
        return choose("snapshot", nameOrId, there);
    }

    public String backupSchedule(String nameOrId) {
        return id("backup schedule", nameOrId, "/v1/backup-schedules");
    }

    /** What is removed is named exactly. */
    public static String backupId(String id) {
        if (!isId(id)) {
            throw Failure.usage("'" + id + "' is not the id of a backup", "'yado backup list' shows the ids.");
        }
        return id.toLowerCase(Locale.ROOT);
    }

    /** Operations have no names. */
    public static String operation(String id) {
        if (!isId(id)) {
            throw Failure.usage("'" + id + "' is not the id of an operation", "'yado op list' shows the ids.");
        }
        return id.toLowerCase(Locale.ROOT);
    }

    static boolean isId(String text) {
        return ID.matcher(text).matches();
    }

    private String id(String kind, String nameOrId, String list) {
        if (isId(nameOrId)) {
            return nameOrId.toLowerCase(Locale.ROOT);
        }
        if (nameOrId.isBlank()) {
            throw Failure.usage("the name of the " + kind + " is empty", "'yado " + kind + " list' shows the names.");
        }
        return choose(kind, nameOrId, api.all(list));
    }

    static String choose(String kind, String name, List<Json.Document> items) {
        List<Json.Document> named =
                items.stream().filter(item -> item.text("name").equals(name)).toList();
        List<Json.Document> own =
                named.stream().filter(item -> item.find("tenantId").isPresent()).toList();
        List<Json.Document> candidates = named.size() > 1 && own.size() == 1 ? own : named;
        if (candidates.isEmpty()) {
            throw Failure.of(
                    ExitCode.NOT_FOUND,
                    "NOT_FOUND",
                    "there is no " + kind + " named '" + name + "'",
                    "'yado " + kind + " list' shows those that the token sees.");
        }
        if (candidates.size() > 1) {
            throw Failure.of(
                    ExitCode.REFUSED,
                    "AMBIGUOUS_NAME",
                    candidates.size() + " are named '" + name + "': "
                            + String.join(
                                    ", ",
                                    candidates.stream()
                                            .map(item -> item.text("id"))
                                            .toList()),
                    "Give the id, or the tenant: --tenant TENANT.");
        }
        return candidates.getFirst().text("id");
    }
}
