package dev.yado.observe;

/** Values that have to be asked for. They are read on a timer, never by a scrape, and by each replica. */
public interface Gauges {
    /** One cheap query. Throws when the values are not known. */
    void read();
}
