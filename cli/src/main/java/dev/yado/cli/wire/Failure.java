package dev.yado.cli.wire;

/** Why a command cannot do what it was asked: for people one sentence and what to do, for programs a problem document. */
public final class Failure extends RuntimeException {
    private static final long serialVersionUID = 1L;
    private final ExitCode exit;
    private final String code;
    private final String whatToDo;
    private final transient Json.Document problem;

    private Failure(ExitCode exit, String code, String detail, String whatToDo, Json.Document problem) {
        super(detail);
        this.exit = exit;
        this.code = code;
        this.whatToDo = whatToDo;
        this.problem = problem;
    }

    /** One that the client found itself. */
    public static Failure of(ExitCode exit, String code, String detail, String whatToDo) {
        Json.Document problem = new Json.Document()
                .with("type", "urn:yado:error:" + code)
                .with("code", code)
                .with("detail", detail)
                .with("whatToDo", whatToDo);
        return new Failure(exit, code, detail, whatToDo, problem);
    }

    /** One that the API answered; a body that is no problem document comes from something between, such as a proxy. */
    static Failure ofAnswer(int status, byte[] body) {
        try {
            Json.Document problem = Json.parseDocument(body);
            if (problem.find("code").isPresent()) {
                return new Failure(
                        ExitCode.ofHttp(status),
                        problem.text("code"),
                        problem.text("detail"),
                        problem.text("whatToDo"),
                        problem);
            }
        } catch (IllegalArgumentException notJson) {
            // Told below.
        }
        return of(
                ExitCode.ofHttp(status),
                "HTTP_" + status,
                "the answer, HTTP status " + status + ", is not one of Yado's",
                "Check that the address is that of a Yado controller: --url or YADO_URL.");
    }

    public static Failure usage(String detail, String whatToDo) {
        return of(ExitCode.USAGE, "USAGE", detail, whatToDo);
    }

    public ExitCode exit() {
        return exit;
    }

    public String code() {
        return code;
    }

    public String detail() {
        return String.valueOf(getMessage());
    }

    public String whatToDo() {
        return whatToDo;
    }

    public Json.Document problem() {
        return problem;
    }
}
