package dev.yado.protocol;

/** Whether file systems of a guest can be made still. */
public enum GuestAgentState {
    /** Somebody in the guest has the agent's channel open. Whether he answers is seen when he is asked. */
    CONNECTED,
    NONE
}
