package org.unplug.scsi.debug.internal.osgi;

/** What an adapter's configuration may say. */
@interface AdapterConfig {
    String name() default "scsi-debug";

    int canQueue() default 256;

    int cmdPerLun() default 128;

    /** How many threads serve; 0 to serve on the submitter's thread. */
    int threads() default 1;

    long latencyMicros() default 0;

    int targets() default 8;

    /** Texts for LunSpec. */
    String[] luns() default {};

    /** Counts the changes that the adapter itself made. */
    long revision() default 0;
}
