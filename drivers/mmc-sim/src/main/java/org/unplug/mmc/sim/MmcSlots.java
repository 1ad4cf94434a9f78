package org.unplug.mmc.sim;

import java.io.IOException;
import java.util.List;
import org.osgi.annotation.versioning.ProviderType;

/**
 * The hand at the slots: puts cards in and takes them out. A service of the driver; any thread may call.
 *
 * <p>The driver starts with one slot, {@link #DEFAULT_SLOT}. A name that is not known yet makes another one, which stays until
 * the driver stops. Each slot is a {@code MmcHost} service with property {@code mmc.slot}.
 *
 * <p><b>What is remembered.</b> Where Config Admin is there, what these methods do is also written to the factory
 * configuration {@value #FACTORY_PID} named like the slot, so that the slot holds the same card when the driver's bundle is
 * stopped and started, or the framework is. Without Config Admin it is remembered until the driver stops. A card in memory
 * comes back empty then.
 */
@ProviderType
public interface MmcSlots {

    /** Its factory configurations each describe a slot and the card in it, see the driver's Metatype. */
    String FACTORY_PID = "org.unplug.mmc.sim";

    String DEFAULT_SLOT = "slot0";

    /** The slots and what is in them, by name. */
    List<SlotStatus> list();

    /**
     * Puts a card into a slot. The contact closes before this returns; the core has seen the card only some time later.
     *
     * @return the slot as it is now
     * @throws IOException in one line: the slot is taken, or the image is missing, too small, in use, not writable, or of
     *     another size than was said; nothing has changed then
     */
    SlotStatus insert(String slot, CardSpec card) throws IOException;

    /**
     * Takes a card out, whatever it is doing. When this returns nothing touches its image any more; of a write in progress a
     * part may have been done, in whole sectors from its beginning.
     *
     * @return the slot as it was before
     * @throws IOException if there is no such slot or it is empty
     */
    SlotStatus yank(String slot) throws IOException;

    /**
     * Puts the card that was taken out of a slot last back in: the very same one, with what it was told to keep - a card in
     * memory with its content, another one with its image, which is opened again. The driver keeps that card until another
     * one is in the slot.
     *
     * @return the slot as it is now
     * @throws IOException in one line: as {@link #insert}, or there is no such slot, or nothing was taken out of it since the
     *     driver started
     */
    SlotStatus putBack(String slot) throws IOException;

    /**
     * Moves the write protect switch of the card in a slot. As with real cards the core looks at it when the card is started.
     *
     * @throws IOException if there is no such slot or it is empty
     */
    void protect(String slot, boolean on) throws IOException;

    /**
     * Plans a fault at a slot; it stays planned when the card is changed. What a fault does to the card in the slot is not written to
     * any configuration.
     *
     * @throws IOException if there is no such slot
     */
    void inject(String slot, CardFault fault) throws IOException;

    /**
     * The faults that have not struck as often as they should.
     *
     * @throws IOException if there is no such slot
     */
    List<CardFault> faults(String slot) throws IOException;

    /**
     * Forgets the planned faults. A card that a fault has stopped stays so until it loses power.
     *
     * @throws IOException if there is no such slot
     */
    void clearFaults(String slot) throws IOException;

    /**
     * What happens at a slot's contacts. The object stays good for ever, also after the driver's bundle stopped; a slot of the
     * same name after a restart has another.
     *
     * @throws IOException if there is no such slot
     */
    SlotCounters counters(String slot) throws IOException;
}
