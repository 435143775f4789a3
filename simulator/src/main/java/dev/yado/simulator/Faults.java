package dev.yado.simulator;

/** Decides what goes wrong. Called from many threads. */
public interface Faults {
    Faults NONE = new Faults() {
        @Override
        public Fate ofCall() {
            return Fate.ARRIVES;
        }

        @Override
        public Fate ofReport() {
            return Fate.ARRIVES;
        }
    };

    Fate ofCall();

    Fate ofReport();
}
