package org.unplug.scsi.debug.internal.osgi;

import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;

/** What an adapter's configuration may say. */
@ObjectClassDefinition(
        name = "SCSI debug adapter",
        description =
                "A SCSI adapter made of software: targets and units in memory or on image files, faults and latency.")
@interface AdapterConfig {

    @AttributeDefinition(name = "Name", description = "What the adapter is called, as in the shell's places.")
    String name() default "scsi-debug";

    @AttributeDefinition(
            name = "Queue",
            description = "Most commands in the adapter at once.",
            min = "1",
            max = "65536")
    int canQueue() default 256;

    @AttributeDefinition(name = "Commands per unit", description = "Most commands of one unit at once.", min = "1")
    int cmdPerLun() default 128;

    @AttributeDefinition(
            name = "Threads",
            description = "How many threads serve; 0 to serve on the submitter's thread what has no latency.",
            min = "0",
            max = "64")
    int threads() default 1;

    @AttributeDefinition(
            name = "Latency",
            description = "Microseconds that each command takes, besides the unit's own latency.",
            min = "0")
    long latencyMicros() default 0;

    @AttributeDefinition(name = "Targets", description = "How many targets there can be.", min = "1")
    int targets() default 8;

    @AttributeDefinition(
            name = "Units",
            description = "Units as texts: target=0,lun=0,bytes=64m,thin=true or image=/srv/disk.img; target and lun"
                    + " may be ranges, as target=0-3,lun=0-7.",
            required = false)
    String[] luns() default {};

    @AttributeDefinition(
            name = "Rules",
            description = "Faults as texts: fault=SENSE,with=3/11/00,target=0,lun=1,opcode=28,after=2,times=3.",
            required = false)
    String[] rules() default {};

    /** Counts the changes that the adapter itself made. */
    @AttributeDefinition(
            name = "Revision",
            description = "Counts the changes that the adapter itself made; leave it alone.",
            required = false)
    long revision() default 0;
}
