/*
 * The removal of a disk that somebody uses, for four protocols. One disk, one removal, SUBMITTERS holders that each open, make
 * REQUESTS requests and close. States and events bear the names of the code: DiskState (LIVE DYING DEAD RELEASED), Gate (enter, exit,
 * kill), Kref (get, put, release), and for the historical ones the steps of the museum's eras (Step, Entry).
 *
 * PROTOCOL   what is modelled
 *   M28      MMC of Linux 2.6.28: the queue is put by the removal and by nobody else
 *   COUNTED  counting alone: each opener holds the queue; the removal refuses by a flag that is tested, and then acted upon
 *   SCSI     SCSI of Linux 2.6.28: counted, refused by the device's state, flying requests not waited for
 *   OURS     two gates, drain with a deadline, exactly-once by one compare-and-set, release at the last put
 *
 * Safety, asserted where it happens: no use of what is released (R5), released once (R5), each accepted request ended once (R2), no
 * call inside the driver when remove has returned (R3), no request accepted after the refusal (R1). Liveness, as never claims below:
 * remove returns (R4); everything is released in the end (R12).
 *
 * A mutant is a macro -DMUTANT_...: each must make Spin find an error, else the model proves nothing.
 */
#ifndef SUBMITTERS
#define SUBMITTERS 2
#endif
#ifndef REQUESTS
#define REQUESTS 2
#endif

#define M28 1
#define COUNTED 2
#define SCSI 3
#define OURS 4
#ifndef PROTOCOL
#define PROTOCOL OURS
#endif

mtype = { LIVE, DYING, DEAD, RELEASED };            /* DiskState */
mtype = { FREE, WAITING, IN_DRIVER, ENDED };        /* Tag; WAITING is in the elevator */

mtype state = LIVE;
bool queueReleased = false;                         /* memory of the queue and the elevator */
bool killed = false;                                /* Gate.killed, QUEUE_FLAG_DEAD, SDEV_DEL */
bool removed = false;                               /* remove() has returned */
bool stopped = false;                               /* kthread_stop: mmcqd takes no request any more */
bool stuckDriver = false;                           /* a driver that never completes */
byte accepted = 0;                                  /* Gate usage: accepted, not ended */
byte inside = 0;                                    /* Gate calls: threads inside the driver */
byte references = 1;                                /* Kref: the registration's own */
byte closed = 0;                                    /* holders that have closed */
mtype tag[SUBMITTERS];                              /* one request of each holder at a time */
byte ends[SUBMITTERS];                              /* how often it ended */

inline useQueue() {
    assert(!queueReleased)                          /* KASAN: use after release */
}

inline release() {
    assert(!queueReleased);                         /* released twice */
    queueReleased = true;
    state = RELEASED
}

inline put() {
    atomic {
        assert(references > 0);
        references--;
        if
        :: references == 0 -> release()
        :: else -> skip
        fi
    }
}

/* One compare-and-set decides between the driver and the removal. */
inline endOnce(i) {
    atomic {
#ifdef MUTANT_ENDS_TWICE
        if
        :: true -> ends[i]++; tag[i] = ENDED; accepted--
        fi
#else
        if
        :: tag[i] == IN_DRIVER -> ends[i]++; tag[i] = ENDED; accepted--
        :: else -> skip
        fi
#endif
        assert(ends[i] <= 1)
    }
}

/* The driver: completes what it has in its own time, unless it is stuck. */
active [SUBMITTERS] proctype driver() {
    byte i = _pid;
end:
    do
    :: atomic { tag[i] == WAITING && !stopped ->
#if PROTOCOL == SCSI
        if
        :: killed -> tag[i] = IN_DRIVER; endOnce(i)  /* scsi_prep_state_check: EIO */
        :: else -> tag[i] = IN_DRIVER
        fi
#else
        tag[i] = IN_DRIVER
#endif
       }
    :: atomic { tag[i] == IN_DRIVER && !stuckDriver -> skip };
       endOnce(i)
    :: atomic { tag[i] == IN_DRIVER && !stuckDriver && PROTOCOL == OURS -> stuckDriver = true }
    od
}

active [SUBMITTERS] proctype submitter() {
    byte i = _pid - SUBMITTERS;
    byte left = REQUESTS;
    bool opened = false;
    bool passed = false;

    /* open: Kref.tryGet under the table's lock */
#ifdef MUTANT_GET_AFTER_ZERO
    if
    :: state == LIVE -> opened = true; references++  /* two steps: found, and then counted */
    :: else -> skip
    fi;
#else
    atomic {
        if
        :: state == LIVE ->
            opened = true;
#if PROTOCOL != M28
#ifndef MUTANT_MISSED_GET
            references++
#endif
#endif
        :: else -> skip
        fi
    };
#endif

    do
    :: opened && left > 0 ->
        left--;
        passed = false;
#if PROTOCOL == OURS
        /* Gate.enter: count first, look at the flag second, step back if killed */
#ifdef MUTANT_LOOK_THEN_COUNT
        if
        :: killed -> skip
        :: else -> accepted++; passed = true
        fi;
#else
        accepted++;
        if
        :: killed -> accepted--
        :: else -> passed = true
        fi;
#endif
        if
        :: passed ->
            useQueue();
            atomic { tag[i] = IN_DRIVER; ends[i] = 0 };
#ifdef MUTANT_NO_CALLS_GATE
            inside++;
            assert(!removed);
            inside--
#else
            inside++;
            if
            :: state == DEAD || state == RELEASED -> inside--; endOnce(i)  /* the driver's slot is shut */
            :: else ->
                assert(!removed);                   /* R3: nobody enters the driver any more */
                inside--
            fi
#endif
        :: else -> skip
        fi;
#else
        /* generic_make_request: reads the queue, the dead flag in it included, and then acts */
        useQueue();
        if
        :: killed -> skip
        :: else -> passed = true
        fi;
        if
        :: passed ->
            useQueue();                             /* __make_request > elv_merge */
            atomic { accepted++; tag[i] = WAITING; ends[i] = 0 }
        :: else -> skip
        fi;
#endif
        /* wait for the end, as a read does */
        if
        :: !passed -> skip
        :: passed -> (tag[i] == ENDED)
        fi;
        tag[i] = FREE
    :: else -> break
    od;

    /* close */
    if
    :: opened ->
#if PROTOCOL == M28
        useQueue()                                  /* blkdev_put > sync_blockdev */
#else
        put()
#endif
    :: else -> skip
    fi;
    closed++
}

active proctype remover() {
    byte i = 0;

    atomic { state = DYING }                        /* unlisted: a new open fails */

#if PROTOCOL == OURS
#ifdef MUTANT_DRAIN_BEFORE_REFUSE
    (accepted == 0);
    killed = true;
#else
    killed = true;                                  /* Gate.kill */
#ifdef MUTANT_NO_DEADLINE
    (accepted == 0);
#endif
#ifndef MUTANT_NO_DRAIN
    /* drained, or the deadline: end over the driver's head what it has; time is a choice */
    do
    :: accepted == 0 -> break
    :: accepted > 0 ->
        for (i : 0 .. SUBMITTERS - 1) {
            endOnce(i)
        }
    od;
#endif
#endif
#ifndef MUTANT_NO_CALLS_GATE
    atomic { state = DEAD };                        /* DriverSlot.shut: who looks from now on does not enter */
    (inside == 0);
#endif
#endif
#if PROTOCOL == M28
    stopped = true;                                 /* kthread_stop ends the current request, */
    do
    :: i < SUBMITTERS -> (tag[i] != IN_DRIVER); i++
    :: else -> break
    od;
    killed = true;                                  /* blk_cleanup_queue: QUEUE_FLAG_DEAD */
    release();                                      /* elevator_exit, blk_put_queue */
#endif
#if PROTOCOL == COUNTED || PROTOCOL == SCSI
    killed = true;                                  /* SDEV_DEL: EIO from now on */
#endif
    removed = true;
#ifdef MUTANT_PUT_TWICE
    put();
#endif
#if PROTOCOL != M28
    put()                                           /* the registration's own */
#endif
}

/* R3 for everybody, the historical ones included: nothing is in the driver when remove has returned. */
#ifdef CHECK_QUIET
active proctype monitor() {
    byte i;
end:
    atomic { removed ->
        for (i : 0 .. SUBMITTERS - 1) {
            assert(tag[i] != IN_DRIVER)
        }
    }
}
#endif

/* R4 and R12, under weak fairness: remove returns; when everybody has closed, everything is released. */
ltl returns { <> removed }
ltl nothingLeft { <> (queueReleased) }
