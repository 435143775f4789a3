package dev.yado.vmmd.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class GuestAgentTest {
    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final Duration SHORT = Duration.ofMillis(50);

    @TempDir
    Path directory = Path.of("");

    private TestingAgent guest;

    @BeforeEach
    void listen() throws IOException {
        guest = new TestingAgent(socket());
    }

    @AfterEach
    void end() throws IOException {
        guest.close();
    }

    @Test
    void commandsHaveTypedAnswers() throws Exception {
        try (GuestAgent agent = meet()) {
            assertThat(agent.run(new AgentCommand.FreezeStatus(), PATIENCE)).isFalse();
            assertThat(agent.run(new AgentCommand.Freeze(), PATIENCE)).isEqualTo(1);
            assertThat(agent.run(new AgentCommand.FreezeStatus(), PATIENCE)).isTrue();
            assertThat(agent.run(new AgentCommand.Thaw(), PATIENCE)).isEqualTo(1);
            assertThat(agent.run(new AgentCommand.Thaw(), PATIENCE)).isZero();
        }
    }

    @Test
    void refusalIsShownWithoutWhatATerminalWouldActOn() throws Exception {
        guest.answers =
                name -> name.contains("freeze") ? TestingAgent.refused("no\\u001b[2J hook\\n" + "x".repeat(500)) : null;
        try (GuestAgent agent = meet()) {
            assertThatThrownBy(() -> agent.run(new AgentCommand.Freeze(), PATIENCE))
                    .isInstanceOf(AgentException.Refused.class)
                    .hasMessageStartingWith("The guest's agent refused guest-fsfreeze-freeze: no [2J hook xxx")
                    .hasMessageEndingWith("x…")
                    .satisfies(refused -> assertThat(refused.getMessage()).hasSizeLessThan(280));
            assertThat(agent.run(new AgentCommand.Ping(), PATIENCE)).isTrue();
        }
    }

    @Test
    void silenceEndsWithItsTimeAndWhatIsSaidLateAnswersNothingElse() throws Exception {
        try (GuestAgent agent = meet()) {
            guest.hold();
            assertThatThrownBy(() -> agent.run(new AgentCommand.Freeze(), SHORT))
                    .isInstanceOf(AgentException.class)
                    .hasMessage("The guest's agent did not answer guest-fsfreeze-freeze in time.");
            guest.goOn();
            // The late answer, 1, is no status, and would be one to a thaw.
            assertThat(agent.run(new AgentCommand.FreezeStatus(), PATIENCE)).isTrue();
            assertThat(agent.run(new AgentCommand.Thaw(), PATIENCE)).isEqualTo(1);
            assertThat(agent.run(new AgentCommand.Thaw(), PATIENCE)).isZero();
        }
    }

    @Test
    void aGuestInWhichNobodyReadsIsGivenUp() {
        guest.hold();
        assertThatThrownBy(() -> meet(socket(), SHORT)).hasMessageContaining("did not answer");
    }

    @Test
    void whoComesSecondWaitsNoLongerThanItsTime() throws Exception {
        try (GuestAgent first = meet()) {
            assertThatThrownBy(() -> meet(socket(), SHORT)).isInstanceOf(AgentException.class);
            assertThat(first.run(new AgentCommand.Ping(), PATIENCE)).isTrue();
        }
    }

    @Test
    void aChannelThatIsNotThereIsSaidToBeBroken() {
        assertThatThrownBy(() -> meet(directory.resolve("none"), PATIENCE))
                .isInstanceOf(AgentException.class)
                .hasMessageStartingWith("The channel to the guest's agent is broken: ");
    }

    /** Left over by whoever talked before, or said to do harm. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "\n",
                "{\"return\": {}}\n",
                "half a li",
                "\u00ff\u00ff\u00ff",
                "\u00ff{\"return\": 4}\n",
                "\u00ff{\"return\": \"yes\"}\n",
                "\u00ff{\"return\": 12345678901234567890123}\n",
                "\u00ff[[[[[\n\u00ff{\"return\"\n\u00ff\n",
                "\u0000\u0001\u0080\r\n"
            })
    void whatComesBeforeTheAnswerIsPassedOver(String junk) throws Exception {
        guest.answers = name -> {
            if (name.equals("guest-sync-delimited")) {
                guest.interject(junk);
            }
            return null;
        };
        try (GuestAgent agent = meet()) {
            assertThat(agent.run(new AgentCommand.Freeze(), PATIENCE)).isEqualTo(1);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "\n",
                "null\n",
                "[]\n",
                "7\n",
                "{}\n",
                "not JSON\n",
                "{\"return\": {}}\n",
                "{\"return\": -1}\n",
                "{\"return\": 1.5}\n",
                "{\"return\": \"1\"}\n",
                "{\"return\": 99999999999}\n",
                "{\"error\": \"none\"}\n",
                "\u00ff{\"return\": 1}\n"
            })
    void anAnswerOfAnotherKindIsNone(String answer) throws Exception {
        guest.answers = name -> name.equals("guest-fsfreeze-freeze") ? answer : null;
        try (GuestAgent agent = meet()) {
            assertThatThrownBy(() -> agent.run(new AgentCommand.Freeze(), PATIENCE))
                    .isExactlyInstanceOf(AgentException.class)
                    .hasMessageContaining("no answer to it");
            assertThat(agent.run(new AgentCommand.Thaw(), PATIENCE)).isZero();
        }
    }

    @Test
    void nestingWithoutAnEndIsNoAnswer() throws Exception {
        guest.answers = name -> name.contains("freeze") ? "[".repeat(8000) + "\n" : null;
        try (GuestAgent agent = meet()) {
            assertThatThrownBy(() -> agent.run(new AgentCommand.Freeze(), PATIENCE))
                    .hasMessageContaining("no answer to it");
        }
    }

    @Test
    void aLineWithoutAnEndEndsTheConversation() throws Exception {
        guest.answers = name -> name.contains("freeze") ? TestingAgent.NOTHING : null;
        try (GuestAgent agent = meet()) {
            guest.flood("xxxxxxxxxxxxxxxx".getBytes(StandardCharsets.US_ASCII));
            assertThatThrownBy(() -> agent.run(new AgentCommand.Freeze(), PATIENCE))
                    .hasMessageContaining("a line of more than 8192 bytes");
            assertThat(agent.isOver()).isTrue();
        }
    }

    @Test
    void talkingWithoutAnEndEndsTheConversation() throws Exception {
        guest.answers = name -> name.contains("sync") ? TestingAgent.NOTHING : null;
        Thread flood = Thread.ofVirtual().start(() -> {
            await().until(() -> guest.asked.contains("guest-ping"));
            guest.flood("{\"return\": {}}\n".getBytes(StandardCharsets.US_ASCII));
        });
        assertThatThrownBy(() -> meet(socket(), PATIENCE)).hasMessageContaining("talks without end");
        flood.join();
    }

    @Test
    void talkThatNobodyListensToMakesTheGuestWait() throws Exception {
        try (GuestAgent agent = meet()) {
            guest.flood("{\"return\": {}}\n".getBytes(StandardCharsets.US_ASCII));
            assertThatThrownBy(() -> agent.run(new AgentCommand.Freeze(), PATIENCE))
                    .isInstanceOf(AgentException.class);
        }
    }

    @Test
    void aGuestThatHangsUpFailsWhatWasAsked() throws Exception {
        guest.answers = name -> {
            if (name.contains("freeze")) {
                guest.hangUp();
            }
            return null;
        };
        try (GuestAgent agent = meet()) {
            assertThatThrownBy(() -> agent.run(new AgentCommand.Freeze(), PATIENCE))
                    .isInstanceOf(AgentException.class)
                    .hasMessageContaining("channel to the guest's agent was closed");
            assertThatThrownBy(() -> agent.run(new AgentCommand.Thaw(), PATIENCE))
                    .isInstanceOf(AgentException.class);
        }
    }

    private GuestAgent meet() throws IOException, InterruptedException {
        return meet(socket(), PATIENCE);
    }

    private static GuestAgent meet(Path socket, Duration within) throws IOException, InterruptedException {
        GuestAgent agent = GuestAgent.connect(socket, within);
        try {
            agent.run(new AgentCommand.Ping(), within);
            return agent;
        } catch (IOException e) {
            agent.close();
            throw e;
        }
    }

    private Path socket() {
        return directory.resolve("agent");
    }
}
