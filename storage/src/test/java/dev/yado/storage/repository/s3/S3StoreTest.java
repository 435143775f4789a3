package dev.yado.storage.repository.s3;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.yado.protocol.BackupId;
import dev.yado.protocol.DiskId;
import dev.yado.protocol.ErrorCode;
import dev.yado.protocol.VmId;
import dev.yado.protocol.YadoException;
import dev.yado.storage.repository.BackupHead;
import dev.yado.storage.repository.BackupPoint;
import dev.yado.storage.repository.BackupReader;
import dev.yado.storage.repository.BackupWriter;
import dev.yado.storage.repository.DiskWriter;
import dev.yado.storage.repository.Keys;
import dev.yado.storage.repository.Repository;
import dev.yado.storage.repository.store.StoredObject;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.TreeSet;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.node.JsonNodeFactory;

@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class S3StoreTest {
    private static final Duration PAUSE = Duration.ofMillis(5);

    @SuppressWarnings("NullAway.Init")
    private TestingS3 server;

    @SuppressWarnings("NullAway.Init")
    private S3Store store;

    @BeforeAll
    void begin(@TempDir Path directory) throws IOException {
        server = new TestingS3(directory);
        store = new S3Store(server.settings(), PAUSE);
    }

    @AfterAll
    void end() throws IOException {
        store.close();
        server.close();
    }

    private static ByteBuffer text(String content) {
        return ByteBuffer.wrap(content.getBytes(StandardCharsets.US_ASCII));
    }

    @Test
    void keepsObjectsAndOverwritesNone() {
        assertThat(store.put("kept/one", text("hello"))).isTrue();
        assertThat(store.put("kept/one", text("other"))).isFalse();
        assertThat(store.put("kept/two", text(""))).isTrue();

        assertThat(store.get("kept/one")).contains(text("hello"));
        assertThat(store.get("kept/one", 1, 3)).contains(text("ell"));
        assertThat(store.get("kept/one", 3, 10)).contains(text("lo"));
        assertThat(store.get("kept/one", 9, 10)).contains(text(""));
        assertThat(store.get("kept/none")).isEmpty();
        assertThat(store.look("kept/none")).isEmpty();
        assertThat(store.look("kept/one").map(StoredObject::bytes)).contains(5L);
        List<String> names = new ArrayList<>();
        store.list("kept/", each -> names.add(each.name()));
        assertThat(new TreeSet<>(names)).containsExactly("kept/one", "kept/two");
        store.delete("kept/one");
        store.delete("kept/one");
        assertThat(store.get("kept/one")).isEmpty();
    }

    @Test
    void tellsAnEmptyPlace() {
        S3Settings there = server.settings();
        S3Store elsewhere = new S3Store(
                new S3Settings(there.endpoint(), there.region(), there.bucket(), "elsewhere/", "id", "secret"), PAUSE);
        assertThat(elsewhere.isEmpty()).isTrue();
        elsewhere.put("one", text("x"));
        assertThat(elsewhere.isEmpty()).isFalse();
    }

    @Test
    void listsMoreThanOnePage() {
        for (int each = 0; each < 1005; each++) {
            store.put("many/" + each, text(""));
        }
        List<StoredObject> all = new ArrayList<>();
        store.list("many/", all::add);

        assertThat(all).hasSize(1005);
    }

    @Test
    void carriesARepository() {
        byte[] content = new byte[5 << 20];
        new Random(1).nextBytes(content);
        DiskId disk = DiskId.random();
        Repository repository = Repository.create(store, Keys.none(), Duration.ZERO);
        BackupId id = BackupId.random();
        try (BackupWriter writer = repository.begin(new BackupHead(id, VmId.random(), null))) {
            try (DiskWriter to = writer.disk(disk, content.length, Optional.empty())) {
                to.write(0, ByteBuffer.wrap(content));
            }
            writer.finish(new BackupPoint(Instant.EPOCH, "CRASH", JsonNodeFactory.instance.objectNode()));
        }

        Repository again = Repository.open(new S3Store(server.settings(), PAUSE), Keys.none());
        assertThat(again.list()).containsExactly(id);
        assertThat(again.verify().damages()).isEmpty();
        try (BackupReader reader = again.read(id)) {
            ByteBuffer to = ByteBuffer.allocate(content.length);
            reader.disk(disk).read(0, to);
            assertThat(to.array()).isEqualTo(content);
        }
        again.forget(id);
        assertThat(again.collect().condemnedPacks()).isEqualTo(2);
        assertThat(again.list()).isEmpty();
    }

    @Test
    void triesAgainWhenTheServerHasTooMuchToDoButNotForEver() throws IOException {
        S3Store busy = new S3Store(server.settings(), PAUSE);
        server.refuses(4);
        assertThat(busy.put("busy", text("through"))).isTrue();
        assertThat(server.refusalsLeft()).isZero();

        server.refuses(1000);
        try {
            unavailable(() -> new S3Store(server.settings(), PAUSE).get("busy"), "503 (SlowDown)");
        } finally {
            server.refuses(0);
        }
        assertThat(new S3Store(server.settings(), PAUSE).get("busy")).contains(text("through"));
    }

    @Test
    void saysWhatTheServerRefuses() {
        unavailable(() -> new S3Store(server.settings("wrong"), PAUSE).get("any"), "SignatureDoesNotMatch");
        S3Settings there = server.settings();
        S3Settings nowhere = new S3Settings(there.endpoint(), there.region(), "no-such-bucket", "", "id", "secret");
        unavailable(() -> new S3Store(nowhere, PAUSE).get("any"), "NoSuchBucket");
    }

    @Test
    void saysThatNobodyAnswers(@TempDir Path directory) throws IOException {
        try (TestingS3 mortal = new TestingS3(directory)) {
            S3Store away = new S3Store(mortal.settings(), PAUSE);
            away.put("there", text("yes"));
            mortal.dies();

            unavailable(() -> away.get("there"), "does not answer");
        }
    }

    private static void unavailable(ThrowingCallable what, String why) {
        assertThatThrownBy(what)
                .isInstanceOfSatisfying(
                        YadoException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.REPOSITORY_UNAVAILABLE))
                .hasMessageContaining(why)
                .hasMessageNotContaining("secret");
    }
}
