package dev.yado.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.yado.ControllerClient;
import dev.yado.ControllerClient.Answer;
import dev.yado.ControllerTest;
import dev.yado.api.Settings;
import dev.yado.trust.TestingMachines;
import java.io.InputStream;
import java.io.PipedInputStream;
import java.io.PipedOutputStream;
import java.net.Socket;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.HexFormat;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.jdbc.core.simple.JdbcClient;

@ControllerTest
class ImageUploadTest {
    private static final Duration SOON = Duration.ofSeconds(10);

    @Autowired
    private ControllerClient administrator;

    @Autowired
    private Settings settings;

    @Autowired
    private TestingMachines machines;

    @Autowired
    private JdbcClient jdbc;

    @Autowired
    private Contents contents;

    @Test
    void anUploadedImageIsReadyAndAHostGetsTheSameBytes() throws Exception {
        byte[] content = random(3_000_001);
        String id = image("raw");

        Answer ready = upload(id, content);

        assertThat(ready.text("state")).isEqualTo("READY");
        assertThat(ready.text("sha256")).isEqualTo(sha256(content));
        assertThat(ready.json().path("bytes").asLong()).isEqualTo(content.length);
        assertThat(ready.json().path("virtualSizeBytes").asLong()).isEqualTo(content.length);
        assertThat(atHost(id, "").response().body()).isEqualTo(content);
    }

    @Test
    void aHostGetsTheRestOfAnImage() throws Exception {
        byte[] content = random(100_000);
        String id = image("raw");
        upload(id, content);

        Answer rest = atHost(id, "bytes=99990-");

        assertThat(rest.status()).isEqualTo(206);
        assertThat(rest.header("Content-Range")).isEqualTo("bytes 99990-99999/100000");
        assertThat(rest.response().body()).hasSize(10).endsWith(content[99_999]);
        assertThat(atHost(id, "bytes=100000-").status()).isEqualTo(416);
    }

    @Test
    void aQcow2ImageTellsTheSizeOfItsDisk() {
        String id = image("qcow2");

        Answer ready = upload(id, Qcow2Sample.standingAlone());

        assertThat(ready.json().path("virtualSizeBytes").asLong()).isEqualTo(Qcow2Sample.VIRTUAL_SIZE);
    }

    @Test
    void anImageWithABackingFileIsRefusedAndTheReasonStays() {
        String id = image("qcow2");

        Answer refused = upload(id, Qcow2Sample.backedBy("/etc/shadow"));

        assertThat(refused.status()).isEqualTo(422);
        assertThat(refused.code()).isEqualTo("IMAGE_INVALID");
        assertThat(refused.detail()).contains("backing file").doesNotContain("shadow");
        Answer image = administrator.get("/v1/images/" + id);
        assertThat(image.text("state")).isEqualTo("PENDING");
        assertThat(image.text("stateReason")).startsWith("IMAGE_INVALID: ");
        assertThat(upload(id, Qcow2Sample.standingAlone()).text("state")).isEqualTo("READY");
        assertThat(administrator.get("/v1/images/" + id).text("stateReason")).isEmpty();
    }

    @Test
    void anImageThatIsNotWhatItSaysIsRefused() {
        assertThat(upload(image("raw"), Qcow2Sample.standingAlone()).code()).isEqualTo("IMAGE_INVALID");
        assertThat(upload(image("qcow2"), random(70_000)).code()).isEqualTo("IMAGE_INVALID");
        assertThat(upload(image("raw"), new byte[0]).code()).isEqualTo("IMAGE_INVALID");
    }

    @Test
    void contentOfAnotherDigestIsRefused() {
        byte[] content = random(1000);
        String wrong = "0".repeat(64);
        String byUpload = image("raw");
        String byImage = administrator
                .post("/v1/images", "{\"name\":\"" + name() + "\",\"format\":\"raw\",\"sha256\":\"" + wrong + "\"}")
                .text("id");

        assertThat(put(byUpload, "?sha256=" + wrong, content).code()).isEqualTo("IMAGE_DIGEST_MISMATCH");
        assertThat(put(byImage, "", content).code()).isEqualTo("IMAGE_DIGEST_MISMATCH");
        assertThat(put(byUpload, "?sha256=xyz", content).code()).isEqualTo("INVALID_REQUEST");
        assertThat(put(byUpload, "?sha256=" + sha256(content), content).text("state"))
                .isEqualTo("READY");
    }

    @Test
    void anImageBeyondTheLimitIsRefusedWithoutBeingKept() throws Exception {
        byte[] piece = new byte[1 << 20];
        String announced = image("raw");
        String unannounced = image("raw");
        var content = BodyPublishers.ofByteArrays(java.util.Collections.nCopies(65, piece));

        Answer early = administrator.put(
                "/v1/images/" + announced + "/content", BodyPublishers.fromPublisher(content, 65L << 20));
        Answer late = administrator.put("/v1/images/" + unannounced + "/content", content);

        assertThat(early.code()).isEqualTo("TOO_LARGE");
        assertThat(late.code()).isEqualTo("TOO_LARGE");
        assertThat(incoming(unannounced)).isZero();
    }

    @Test
    void theContentOfAReadyImageNeverChanges() {
        byte[] content = random(1000);
        String id = image("raw");
        upload(id, content);

        Answer second = upload(id, random(1000));

        assertThat(second.code()).isEqualTo("CONFLICT");
        assertThat(atHost(id, "").response().body()).isEqualTo(content);
    }

    @Test
    void ofTwoUploadsAtOnceOneWinsAndTheOtherIsToldSo() throws Exception {
        String id = image("raw");
        PipedOutputStream tap = new PipedOutputStream();
        InputStream slow = new PipedInputStream(tap);
        CompletableFuture<Answer> first = CompletableFuture.supplyAsync(
                () -> administrator.put("/v1/images/" + id + "/content", BodyPublishers.ofInputStream(() -> slow)));
        tap.write(random(100_000));
        tap.flush();
        await("the first upload has begun").atMost(SOON).until(() -> incoming(id) == 1);

        Answer second = upload(id, random(1000));
        tap.close();

        assertThat(second.status()).isEqualTo(409);
        assertThat(second.code()).isEqualTo("CONFLICT");
        assertThat(first.get(SOON.toSeconds(), TimeUnit.SECONDS).text("state")).isEqualTo("READY");
    }

    @Test
    void anUploadThatBreaksOffLeavesNothing() throws Exception {
        String id = image("raw");
        try (Socket socket = new Socket("127.0.0.1", administrator.port())) {
            socket.getOutputStream()
                    .write(("PUT /v1/images/" + id + "/content HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer "
                                    + administrator.token()
                                    + "\r\nContent-Type: application/octet-stream\r\nContent-Length: 1000000\r\n\r\nbegin")
                            .getBytes(StandardCharsets.US_ASCII));
            await("the upload has begun").atMost(SOON).until(() -> incoming(id) == 1);
        }

        await("its file is gone").atMost(SOON).until(() -> incoming(id) == 0);
        assertThat(administrator.get("/v1/images/" + id).text("state")).isEqualTo("PENDING");
        assertThat(upload(id, random(10)).text("state")).isEqualTo("READY");
    }

    @Test
    void theSameContentIsKeptOnceAndGoesWithItsLastImage() {
        byte[] content = random(5000);
        Path file = settings.state().resolve("images").resolve(sha256(content));
        String first = image("raw");
        String second = image("raw");
        upload(first, content);
        upload(second, content);

        administrator.delete("/v1/images/" + first);
        assertThat(file).exists();
        assertThat(atHost(second, "").response().body()).isEqualTo(content);
        administrator.delete("/v1/images/" + second);

        assertThat(file).doesNotExist();
    }

    @Test
    void aStartRemovesWhatACrashLeft() throws Exception {
        String id = image("raw");
        upload(id, random(100));
        String kept = administrator.get("/v1/images/" + id).text("sha256");
        Path images = settings.state().resolve("images");
        Path halfArrived = Files.writeString(images.resolve("incoming").resolve(id + ".lost"), "half");
        Path withoutRow = Files.writeString(images.resolve("f".repeat(64)), "content");

        contents.afterSingletonsInstantiated();

        assertThat(halfArrived).doesNotExist();
        assertThat(withoutRow).doesNotExist();
        assertThat(images.resolve(kept)).exists();
    }

    @Test
    void anImageThatAVmUsesStaysAndTheAnswerNamesTheVm() {
        UUID tenant = UUID.fromString(tenant());
        UUID vm = UUID.randomUUID();
        String id = image("raw");
        upload(id, random(100));
        jdbc.sql("""
                INSERT INTO vm (id, tenant_id, name, desired_state, generation, run_epoch, vcpus, memory_mib, accelerator_choice)
                VALUES (:vm, :tenant, 'its-user', 'STOPPED', 1, 0, 1, 64, 'AUTO')
                """).param("vm", vm).param("tenant", tenant).update();
        jdbc.sql("INSERT INTO vm_disk (id, vm_id, ordinal, image_id, size_mib) VALUES (:id, :vm, 0, :image, 64)")
                .param("id", UUID.randomUUID())
                .param("vm", vm)
                .param("image", UUID.fromString(id))
                .update();

        Answer refused = administrator.delete("/v1/images/" + id);
        jdbc.sql("DELETE FROM vm WHERE id = :vm").param("vm", vm).update();

        assertThat(refused.code()).isEqualTo("IN_USE");
        assertThat(refused.detail()).contains("its-user", vm.toString());
        assertThat(administrator.delete("/v1/images/" + id).status()).isEqualTo(204);
    }

    @Test
    void allTenantsSeeAPublicImageAndOnlyTheAdministratorChangesIt() {
        String id = image("raw");
        ControllerClient client = asTenant();

        assertThat(client.get("/v1/images/" + id).json().path("public").asBoolean())
                .isTrue();
        assertThat(client.delete("/v1/images/" + id).code()).isEqualTo("FORBIDDEN");
        assertThat(client.put("/v1/images/" + id + "/content", BodyPublishers.ofString("x"))
                        .code())
                .isEqualTo("FORBIDDEN");
    }

    @Test
    void anotherTenantsImageIsNotThere() {
        ControllerClient owner = asTenant();
        ControllerClient other = asTenant();
        String id = owner.post("/v1/images", "{\"name\":\"own\",\"format\":\"raw\"}")
                .text("id");

        assertThat(owner.get("/v1/images/" + id).status()).isEqualTo(200);
        assertThat(other.get("/v1/images/" + id).status()).isEqualTo(404);
        assertThat(other.delete("/v1/images/" + id).status()).isEqualTo(404);
        assertThat(other.put("/v1/images/" + id + "/content", BodyPublishers.ofString("x"))
                        .status())
                .isEqualTo(404);
        assertThat(other.get("/v1/images").toString()).doesNotContain(id);
        assertThat(other.post("/v1/images", "{\"name\":\"own\",\"format\":\"raw\"}")
                        .status())
                .isEqualTo(201);
    }

    @Test
    void aTakenNameIsRefusedWithTheIdOfWhatHasIt() {
        ControllerClient owner = asTenant();
        String first = owner.post("/v1/images", "{\"name\":\"twice\",\"format\":\"raw\"}")
                .text("id");

        Answer second = owner.post("/v1/images", "{\"name\":\"twice\",\"format\":\"qcow2\"}");

        assertThat(second.code()).isEqualTo("NAME_TAKEN");
        assertThat(second.detail()).contains(first);
    }

    private long incoming(String id) throws Exception {
        try (Stream<Path> files = Files.list(settings.state().resolve("images/incoming"))) {
            return files.filter(file -> file.getFileName().toString().startsWith(id))
                    .count();
        }
    }

    private ControllerClient asTenant() {
        return administrator.withToken(administrator
                .post("/v1/tenants/" + tenant() + "/tokens", "{\"name\":\"test\"}")
                .text("token"));
    }

    private String tenant() {
        return administrator
                .post("/v1/tenants", "{\"name\":\"" + name() + "\"}")
                .text("id");
    }

    private String image(String format) {
        return administrator
                .post("/v1/images", "{\"name\":\"" + name() + "\",\"format\":\"" + format + "\"}")
                .text("id");
    }

    private static String name() {
        return "upload-" + UUID.randomUUID();
    }

    private Answer upload(String id, byte[] content) {
        return put(id, "", content);
    }

    private Answer put(String id, String query, byte[] content) {
        return administrator.put("/v1/images/" + id + "/content" + query, BodyPublishers.ofByteArray(content));
    }

    private Answer atHost(String id, String range) {
        HttpRequest.Builder request =
                HttpRequest.newBuilder(machines.controller("/internal/v1/images/" + id + "/content"));
        HttpClient host = TestingMachines.client(
                machines.host(UUID.randomUUID(), "fetches-images").client());
        return ControllerClient.send(host, range.isEmpty() ? request : request.header("Range", range));
    }

    private static byte[] random(int length) {
        byte[] bytes = new byte[length];
        java.util.concurrent.ThreadLocalRandom.current().nextBytes(bytes);
        return bytes;
    }

    private static String sha256(byte[] content) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(content));
        } catch (java.security.NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
