package dev.yado.e2e;

import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What can happen while guests move. */
enum Fault {
    CONTROLLER {
        @Override
        void begin(Scene scene) {
            scene.cloud().kill("controller");
        }
    },
    DATABASE {
        @Override
        void begin(Scene scene) throws Exception {
            scene.cloud().killDatabase();
        }
    },
    SOURCE_DAEMON {
        @Override
        void begin(Scene scene) {
            scene.from().forEach(scene.cloud()::kill);
        }
    },
    DESTINATION_DAEMON {
        @Override
        void begin(Scene scene) {
            scene.cloud().kill(scene.to());
        }
    },
    BOTH_DAEMONS {
        @Override
        void begin(Scene scene) {
            scene.from().forEach(scene.cloud()::kill);
            scene.cloud().kill(scene.to());
        }
    },
    /** With all that runs there. */
    DESTINATION_HOST {
        @Override
        void begin(Scene scene) {
            scene.cloud().killWhole(scene.to(), scene.vms());
        }
    },
    SOURCE_HOST {
        @Override
        void begin(Scene scene) {
            scene.from().forEach(host -> scene.cloud().killWhole(host, scene.vms()));
        }
    },
    /** Hosts do not hear each other; the controller hears and is heard. */
    NETWORK_BETWEEN_HOSTS {
        @Override
        void begin(Scene scene) {
            scene.wire().loseBetweenHosts();
        }
    },
    DESTINATION_CUT_OFF {
        @Override
        void begin(Scene scene) {
            scene.wire().loseAllOf(scene.to());
        }
    },
    SOURCE_CUT_OFF {
        @Override
        void begin(Scene scene) {
            scene.from().forEach(scene.wire()::loseAllOf);
        }
    };

    /** Who is there when it happens. */
    record Scene(Cloud cloud, @Nullable LossyWire lossy, Set<String> from, String to, List<Vm> vms) {
        LossyWire wire() {
            return Objects.requireNonNull(lossy, "packets cannot be lost here");
        }
    }

    abstract void begin(Scene scene) throws Exception;

    /** It lasts, and is over when it is mended. */
    boolean isOfTheNetwork() {
        return this == NETWORK_BETWEEN_HOSTS || this == DESTINATION_CUT_OFF || this == SOURCE_CUT_OFF;
    }

    /** Guests there end with it. */
    boolean endsGuests() {
        return this == DESTINATION_HOST || this == SOURCE_HOST;
    }
}
