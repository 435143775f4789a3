package dev.yado.alert;

/** WARNING wants to be looked at this week, CRITICAL now. */
public enum Severity {
    WARNING,
    CRITICAL
}
