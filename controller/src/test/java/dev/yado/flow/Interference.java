package dev.yado.flow;

import dev.yado.operation.Flow;

/** What happens to a replica's flows in a test. */
interface Interference {
    Interference NONE = new Interference() {
        @Override
        public <S extends Enum<S>> Flow<S> on(Flow<S> flow, Runnable kill) {
            return flow;
        }
    };

    /** @param kill ends the replica as a process ends */
    <S extends Enum<S>> Flow<S> on(Flow<S> flow, Runnable kill);
}
