package dev.yado.vmmd.agent;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** The agent in a guest did not do what it was asked to, as a sentence; nobody knows whether it will. */
sealed class AgentException extends IOException {
    private static final long serialVersionUID = 1L;

    AgentException(String sentence) {
        super(sentence);
    }

    AgentException(String sentence, @Nullable Throwable cause) {
        super(sentence, cause);
    }

    /** The agent has answered that it does not. */
    static final class Refused extends AgentException {
        private static final long serialVersionUID = 1L;
        /** As much as is shown of what a guest says. */
        private static final int MOST_SHOWN = 200;

        Refused(String command, String text) {
            super("The guest's agent refused " + command + ": " + shown(text));
        }

        /** Without what a terminal or a log would act on. */
        private static String shown(String text) {
            String plain = text.replaceAll("\\p{C}+", " ").strip();
            return plain.length() > MOST_SHOWN ? plain.substring(0, MOST_SHOWN) + "…" : plain;
        }
    }
}
