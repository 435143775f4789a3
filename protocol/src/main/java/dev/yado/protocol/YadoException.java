package dev.yado.protocol;

/** A failure with its code. The message is for the caller: it carries no internal text. */
public class YadoException extends RuntimeException {
    private static final long serialVersionUID = 1L;
    private final ErrorCode code;

    public YadoException(ErrorCode code, String detail) {
        super(detail);
        this.code = code;
    }

    public YadoException(ErrorCode code, String detail, Throwable cause) {
        super(detail, cause);
        this.code = code;
    }

    public ErrorCode code() {
        return code;
    }
}
