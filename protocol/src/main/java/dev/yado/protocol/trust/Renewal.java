package dev.yado.protocol.trust;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Renews a machine's certificate at half of its life and takes over one that an operator put in its place by joining again. It
 * never ends anything: a machine whose certificate has expired goes on with what it does and tries on.
 */
public final class Renewal implements AutoCloseable {
    private static final Duration LOOK = Duration.ofSeconds(5);
    private static final Duration FIRST_RETRY = Duration.ofMillis(200);
    private static final Duration LONGEST_RETRY = Duration.ofMinutes(5);

    /** Told what happens, on the renewal's own thread. */
    public interface Listener {
        void replaced(Identity identity);

        /** After each failed attempt. */
        void failed(Identity still, String why);
    }

    private final IdentityFile file;
    private final MachineTls tls;
    private final List<URI> controllers;
    private final Listener listener;
    private @Nullable FileTime lookedAt;
    private final Thread thread = Thread.ofVirtual().name("certificate-renewal").unstarted(this::run);

    private Renewal(IdentityFile file, MachineTls tls, List<URI> controllers, Listener listener) {
        this.file = file;
        this.tls = tls;
        this.controllers = List.copyOf(controllers);
        this.listener = listener;
    }

    /** Runs until it is closed. */
    public static Renewal start(IdentityFile file, MachineTls tls, List<URI> controllers, Listener listener) {
        Renewal renewal = new Renewal(file, tls, controllers, listener);
        renewal.thread.start();
        return renewal;
    }

    @Override
    public void close() {
        thread.interrupt();
    }

    private void run() {
        Duration retry = FIRST_RETRY;
        Instant notBefore = Instant.MIN;
        try {
            while (true) {
                // By the wall clock and often: a suspended machine wakes up late.
                Thread.sleep(shorter(LOOK, remaining(tls.identity().renewAt())));
                takeOver();
                Identity identity = tls.identity();
                Instant now = Instant.now();
                if (now.isBefore(identity.renewAt()) || now.isBefore(notBefore)) {
                    continue;
                }
                try {
                    replace(renew());
                    retry = FIRST_RETRY;
                } catch (IOException e) {
                    listener.failed(identity, String.valueOf(e.getMessage()));
                    notBefore = now.plus(retry);
                    retry = shorter(retry.multipliedBy(2), LONGEST_RETRY);
                }
            }
        } catch (InterruptedException closed) {
            Thread.currentThread().interrupt();
        }
    }

    private void replace(Identity fresh) throws IOException {
        file.write(fresh);
        tls.replace(fresh);
        listener.replaced(fresh);
    }

    private void takeOver() {
        try {
            FileTime now = Files.getLastModifiedTime(file.path());
            if (now.equals(lookedAt)) {
                return;
            }
            lookedAt = now;
            Optional<Identity> onDisk = file.read();
            if (onDisk.isPresent()
                    && !onDisk.get().certificate().equals(tls.identity().certificate())
                    && onDisk.get().machine().equals(tls.identity().machine())) {
                tls.replace(onDisk.get());
                listener.replaced(onDisk.get());
            }
        } catch (IOException | IllegalStateException e) {
            listener.failed(tls.identity(), String.valueOf(e.getMessage()));
        }
    }

    private Identity renew() throws IOException {
        IOException failure = new IOException("this machine has no controller to ask for a new certificate");
        for (URI controller : controllers) {
            try {
                return Joining.renew(controller, tls);
            } catch (IOException e) {
                failure = e;
            }
        }
        throw failure;
    }

    private static Duration remaining(Instant until) {
        Duration left = Duration.between(Instant.now(), until);
        return left.compareTo(FIRST_RETRY) < 0 ? FIRST_RETRY : left;
    }

    private static Duration shorter(Duration one, Duration other) {
        return one.compareTo(other) < 0 ? one : other;
    }
}
