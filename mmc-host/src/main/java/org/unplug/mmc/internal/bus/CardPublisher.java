package org.unplug.mmc.internal.bus;

import org.unplug.mmc.MmcCard;

/** Makes a card findable as a service. */
@FunctionalInterface
public interface CardPublisher {

    /** Publishes; the result undoes it, once. Either may call listeners, which may be slow. */
    Runnable publish(MmcCard card);
}
