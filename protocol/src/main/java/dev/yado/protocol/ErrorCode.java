package dev.yado.protocol;

/** Every error that a caller can meet: a stable name, its HTTP status, whose fault it is and what to do. */
public enum ErrorCode {
    INVALID_REQUEST(400, Fault.CALLER, "Correct the request: the detail names the field and what it takes."),
    UNKNOWN_FIELD(
            400,
            Fault.CALLER,
            "Remove or rename the field that the detail names; the API reference lists the known ones."),
    INVALID_CURSOR(400, Fault.CALLER, "Begin again without a cursor."),
    EVENTS_GONE(410, Fault.CALLER, "Read the objects themselves again, then watch without Last-Event-ID."),
    UNAUTHENTICATED(401, Fault.CALLER, "Send a valid token: Authorization: Bearer TOKEN."),
    FORBIDDEN(403, Fault.CALLER, "Use the administrator's token for this call."),
    JOIN_REFUSED(403, Fault.CALLER, "Make a new token with yado host join-token, as the detail says, and join again."),
    CERTIFICATE_REFUSED(
            403,
            Fault.CALLER,
            "Use a valid certificate of the machine that the call is about: vmmd join --renew gives a host a new one."),
    TENANT_REQUIRED(400, Fault.CALLER, "Name the tenant to act for with the header X-Yado-Tenant."),
    NOT_FOUND(404, Fault.CALLER, "Check the id and that the token belongs to the tenant that owns the object."),
    METHOD_NOT_ALLOWED(405, Fault.CALLER, "Use a method that the API reference lists for this path."),
    NOT_ACCEPTABLE(406, Fault.CALLER, "Accept application/json."),
    NAME_TAKEN(409, Fault.CALLER, "Choose another name or use the existing object, whose id the detail names."),
    CONFLICT(409, Fault.CALLER, "Read the object again and repeat the call on its present state."),
    IN_USE(409, Fault.CALLER, "Remove first what uses it: the detail names it."),
    IDEMPOTENCY_KEY_REUSED(
            409,
            Fault.CALLER,
            "Send a new Idempotency-Key with a new request; to repeat the first one, send it exactly as it was."),
    IDEMPOTENCY_KEY_IN_USE(
            409,
            Fault.CALLER,
            "Repeat the call with the same Idempotency-Key: the first one with it is still under way."),
    PLAN_STALE(409, Fault.CALLER, "Ask for a new plan with dryRun=plan: the detail says what has moved."),
    QUOTA_EXCEEDED(
            409,
            Fault.CAPACITY,
            "Delete what is not needed, ask for less, or ask the administrator for a higher quota."),
    SUBNET_OVERLAPS(409, Fault.CALLER, "Choose another range: the detail names the subnet that has addresses of it."),
    ADDRESS_OUTSIDE_SUBNET(422, Fault.CALLER, "Ask for an address of a subnet that the detail names, or for none."),
    ADDRESS_RESERVED(
            422, Fault.CALLER, "Ask for another address: a subnet keeps its first, second, third and last (IPv4)."),
    ADDRESS_TAKEN(409, Fault.CALLER, "Ask for another address, or for none to be given the next free one."),
    ADDRESSES_EXHAUSTED(409, Fault.CAPACITY, "Add a subnet to the network, or delete VMs that have addresses of it."),
    MAC_TAKEN(409, Fault.CALLER, "Give the card another MAC, or none to be given one."),
    TOO_MANY_RULES(
            409,
            Fault.CALLER,
            "Join rules into ranges of ports or addresses, or use a second group: a card can be in up to 16."),
    NOT_ROUTED(
            409,
            Fault.CALLER,
            "Give the subnet a router that has its way out through the floating IP's network: PUT /v1/routers/ID/subnets/ID and"
                    + " /v1/routers/ID/external."),
    STALE_GENERATION(409, Fault.SYSTEM, "Nothing to do: a newer request has overtaken this one."),
    NETWORK_NOT_READY(
            409, Fault.SYSTEM, "Nothing to do: the host is given the network that the detail names, then asked again."),
    IMAGE_NOT_READY(409, Fault.CALLER, "Upload the image's content first, or wait for its import."),
    PRECONDITION_FAILED(
            412, Fault.CALLER, "Read the object again and decide anew: it has changed since the ETag was read."),
    TOO_LARGE(413, Fault.CALLER, "Send less: the detail names the limit."),
    UNSUPPORTED_MEDIA_TYPE(415, Fault.CALLER, "Send application/json, or application/octet-stream for content."),
    IMAGE_INVALID(
            422,
            Fault.CALLER,
            "Upload an image of the named format that stands alone, without a backing or data file."),
    IMAGE_DIGEST_MISMATCH(422, Fault.CALLER, "Upload again: the content differs from the digest that was given."),
    IMAGE_SOURCE_REFUSED(
            422, Fault.CALLER, "Use an http or https address that is reachable and not inside the provider's network."),
    DISK_TOO_SMALL(422, Fault.CALLER, "Ask for a disk at least as large as its image."),
    TOO_MANY_REQUESTS(429, Fault.CALLER, "Wait as long as the header Retry-After says."),
    NO_HOST_FITS(
            409,
            Fault.CAPACITY,
            "Ask for less, free capacity or add a host: the verdicts say for each host what is missing."),
    ACCELERATOR_UNAVAILABLE(409, Fault.CAPACITY, "Ask for accelerator auto or tcg, or add a host with KVM."),
    STORAGE_FULL(507, Fault.CAPACITY, "Free space in the image store or the pool."),
    POOL_UNAVAILABLE(
            503,
            Fault.SYSTEM,
            "Mend the shared pool on the host, as the detail says (most often it is not mounted), then start the VM again."),
    HOST_UNREACHABLE(503, Fault.SYSTEM, "Nothing to do: the operation goes on when the host answers."),
    VM_START_FAILED(500, Fault.SYSTEM, "Read the operation's detail, then start the VM again."),
    DEADLINE_EXCEEDED(504, Fault.SYSTEM, "Read the operation's steps to see what it waited for, then try again."),
    OPERATION_VERSION_UNKNOWN(
            500,
            Fault.SYSTEM,
            "Repeat the call: the operation was begun by another version of the controller and was not guessed at."),
    MIGRATION_BLOCKED(
            409,
            Fault.CALLER,
            "Mend what the detail names, choose another host, or move the VM while it is stopped: nothing has been touched."),
    MIGRATION_GAVE_UP(
            409,
            Fault.CALLER,
            "Allow what the detail names (mayThrottle, mayPostCopy, a longer downtime or deadline): the VM goes on where it was."),
    MIGRATION_FAILED(500, Fault.SYSTEM, "Read the operation's detail and try again: the VM goes on where it was."),
    MIGRATION_UNDECIDED(
            503,
            Fault.SYSTEM,
            "Bring one of the two hosts that the detail names back: which of them has the VM is known by the destination only."),
    REPOSITORY_UNAVAILABLE(
            503,
            Fault.SYSTEM,
            "Mend the repository as the detail says (most often it is not mounted or does not answer), then try again."),
    REPOSITORY_FULL(
            507,
            Fault.CAPACITY,
            "Free space in the repository: delete backups that are not needed, then let the garbage be collected."),
    BACKUP_DAMAGED(
            500,
            Fault.SYSTEM,
            "Use another backup: the detail names what is damaged. The next backup of the VM stores it anew."),
    BACKUP_FAILED(500, Fault.SYSTEM, "Read the detail and take the backup again: the VM was not touched."),
    SNAPSHOT_LIMIT(
            409, Fault.CALLER, "Delete snapshots that are not needed: the detail says how many the disk may stand on."),
    SNAPSHOT_FAILED(500, Fault.SYSTEM, "Read the detail and try again: disks and snapshots are as they were."),
    CANCELLED(409, Fault.CALLER, "Nothing to do: it was cancelled or overtaken by a newer request."),
    CANCEL_TOO_LATE(
            409,
            Fault.CALLER,
            "Wait for the operation's end, which the detail names, or ask for what you want instead: a newer request overtakes it."),
    OPERATION_ENDED(409, Fault.CALLER, "Nothing to do: the operation has ended as the detail says."),
    IMAGE_UNAVAILABLE(
            503,
            Fault.SYSTEM,
            "Nothing to do: the host fetches it again. If it lasts, check that the controller answers this host and that the image"
                    + " store still holds the image."),
    REPOSITORY_INVALID(
            500,
            Fault.SYSTEM,
            "Name the right place, or use the version of Yado that made the repository: the detail says what was found there."),
    BACKUP_KEY_REFUSED(
            409, Fault.SYSTEM, "Give the host the key that the detail names, in the file of keys of the repository."),
    BACKUP_RETAINED(
            409, Fault.CALLER, "Wait until the time that the detail names: the repository keeps backups that long."),
    VM_UNCONFIRMED(
            409,
            Fault.SYSTEM,
            "Wait for the hosts that the detail names: the controller was restored from a backup, and touches no VM before a host has"
                    + " said what it holds of it."),
    CONTROLLER_RESTORED(
            409,
            Fault.SYSTEM,
            "Look at the object and ask again for what is still missing: the controller was restored from a backup that was made while"
                    + " this was under way."),
    UNAVAILABLE(503, Fault.SYSTEM, "Try again in a moment."),
    INTERNAL(500, Fault.SYSTEM, "Report it with the time and the operation's id; the controller's log has the cause.");

    private final int httpStatus;
    private final Fault fault;
    private final String whatToDo;

    ErrorCode(int httpStatus, Fault fault, String whatToDo) {
        this.httpStatus = httpStatus;
        this.fault = fault;
        this.whatToDo = whatToDo;
    }

    public int httpStatus() {
        return httpStatus;
    }

    public Fault fault() {
        return fault;
    }

    public String whatToDo() {
        return whatToDo;
    }

    public enum Fault {
        /** The caller can mend it by another request. */
        CALLER,
        /** The cloud is too small for it at present. */
        CAPACITY,
        /** Yado or a machine under it is at fault. */
        SYSTEM
    }
}
