package dev.yado.cli.wire;

/** What the process's exit status says. Scripts rely on the numbers: they never change. */
public enum ExitCode {
    OK(0, "done"),
    FAILED(1, "the operation failed, or the controller did"),
    USAGE(2, "the command line is wrong"),
    NOT_FOUND(3, "there is no such object, or the token does not see it"),
    UNAUTHORIZED(4, "no token, a wrong one, or one without this right"),
    REFUSED(5, "the controller refused it: invalid, in conflict, or no room"),
    UNREACHABLE(6, "the controller cannot be reached"),
    TIMED_OUT(7, "--timeout has passed; the operation goes on");

    private final int status;
    private final String meaning;

    ExitCode(int status, String meaning) {
        this.status = status;
        this.meaning = meaning;
    }

    public int status() {
        return status;
    }

    public String meaning() {
        return meaning;
    }

    /** For an answer of the API that is a problem. */
    static ExitCode ofHttp(int status) {
        return switch (status) {
            case 401, 403 -> UNAUTHORIZED;
            case 404 -> NOT_FOUND;
            case 502, 503 -> UNREACHABLE;
            case 507 -> REFUSED;
            default -> status >= 500 ? FAILED : REFUSED;
        };
    }
}
