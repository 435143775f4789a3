package dev.yado.drift;

/**
 * <pre>
 * OPEN (a rule is at work) ----\
 * QUARANTINED (kept harmless) --> HEALED
 * </pre>
 */
public enum DriftStatus {
    OPEN,
    QUARANTINED,
    HEALED
}
