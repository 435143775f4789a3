package dev.yado.protocol.inventory;

/** What is done about a drift, by itself. A rule either brings things back to what is wanted, or keeps the drift from doing harm. */
public enum DriftRule {
    CONTINUE_PROCESS(Outcome.HEALS, "the daemon lets its guest's process go on (SIGCONT)"),
    RESUME_GUEST(Outcome.HEALS, "the daemon lets the guest run on, as its spec says"),
    REWRITE_RECORD(Outcome.HEALS, "the daemon writes its record again from what it has accepted"),
    ENCLOSE_AGAIN(Outcome.HEALS, "the daemon puts the process into a control group of its own again"),
    FETCH_IMAGE_AGAIN(Outcome.HEALS, "the daemon throws its copy away and fetches the image again"),
    REBUILD_NETWORK(
            Outcome.HEALS,
            "the daemon puts in order on its host what differs from what it was given, and nothing else"),
    ASK_FOR_EVERYTHING(Outcome.HEALS, "the controller asks the host for a full report and writes down what it says"),
    RAISE_GENERATION(Outcome.HEALS, "the controller wants it anew, above what the host has accepted, and sends it"),
    SEND_AGAIN(Outcome.HEALS, "the controller sends what is wanted to the host"),
    RESTORE_ALLOCATION(Outcome.HEALS, "the controller puts the allocation where the guest is"),
    DROP_REPORT(Outcome.HEALS, "what is not newer than the last report changes nothing"),
    KEEP_ENDED(
            Outcome.QUARANTINES,
            "nothing starts it again under a run that has ended; a start begins a new run and heals"),
    KEEP_RUNNING(Outcome.QUARANTINES, "the guest runs on untouched; what it holds open is all there is"),
    REFUSE_START(Outcome.QUARANTINES, "it is not started and nothing is made anew in the place of what is missing"),
    LEAVE_ALONE(Outcome.QUARANTINES, "nobody touches it before the administrator says what it is"),
    IGNORE_WORD(Outcome.QUARANTINES, "a host's word on a VM that is placed elsewhere counts for nothing"),
    RELEASE_NOTHING(Outcome.QUARANTINES, "nothing of it is freed or started elsewhere before its host says absent"),
    DATABASE_CLOCK(Outcome.QUARANTINES, "leases and deadlines go by the database's clock alone");

    public enum Outcome {
        HEALS,
        QUARANTINES
    }

    private final Outcome outcome;
    private final String does;

    DriftRule(Outcome outcome, String does) {
        this.outcome = outcome;
        this.does = does;
    }

    public Outcome outcome() {
        return outcome;
    }

    /** A part of a sentence. */
    public String does() {
        return does;
    }
}
