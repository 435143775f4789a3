package dev.yado.postgres;

/** The embedded database cannot serve. Carries what is wrong and what the operator can do about it; neither holds a secret. */
final class EmbeddedPostgresException extends RuntimeException {
    private static final long serialVersionUID = 1L;
    private final String whatToDo;

    EmbeddedPostgresException(String detail, String whatToDo) {
        super(detail);
        this.whatToDo = whatToDo;
    }

    EmbeddedPostgresException(String detail, String whatToDo, Throwable cause) {
        super(detail, cause);
        this.whatToDo = whatToDo;
    }

    String whatToDo() {
        return whatToDo;
    }
}
