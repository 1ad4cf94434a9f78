package org.unplug.lab.museum.internal.protocol;

import java.util.function.BiFunction;
import org.unplug.block.BlockStatus;

/** A step of a request on its way down, named as the kernel function that makes it. */
// The actions are functions without state.
@SuppressWarnings("ImmutableEnumChecker")
public enum Entry {
    READ_QUEUE("generic_make_request", (disk, ride) -> {
        disk.useQueue();
        return null;
    }),
    TEST_DEAD("generic_make_request", (disk, ride) -> {
        disk.useQueue();
        return disk.testQueueDead();
    }),
    REMAP("blk_partition_remap", Mechanism::remap),
    ELV_MERGE("generic_make_request > __make_request > elv_merge", Mechanism::elevate),
    BIO_QUEUE_ENTER("submit_bio > bio_queue_enter", Mechanism::enterQueue),
    SUBMIT("submit_bio > blk_mq_submit_bio", Mechanism::direct),

    /** In the queue's request function, before the driver. */
    TEST_QUEUEDATA("blk_run_queue > mmc_request", (disk, ride) -> {
        disk.useQueue();
        return disk.testQueueData();
    }),
    SCSI_TEST_QUEUEDATA("blk_run_queue > scsi_request_fn", (disk, ride) -> disk.testQueueData()),
    SCSI_STATE("scsi_prep_fn > scsi_prep_state_check", (disk, ride) -> disk.testDeviceState()),

    STALE_OBJECT("object got from the service registry", Mechanism::callObject),
    PROXY("Blueprint reference proxy", Mechanism::awaitService);

    private final String function;
    private final BiFunction<Mechanism, Mechanism.Ride, BlockStatus> action;

    Entry(String function, BiFunction<Mechanism, Mechanism.Ride, BlockStatus> action) {
        this.function = function;
        this.action = action;
    }

    public String function() {
        return function;
    }

    /** What the request ends with here, or null if it goes on. */
    public BlockStatus pass(Mechanism disk, Mechanism.Ride ride) {
        return action.apply(disk, ride);
    }
}
