package org.unplug.mmc.internal.bus;

import java.util.List;
import java.util.function.Consumer;
import org.unplug.block.Disks;
import org.unplug.block.Removal;
import org.unplug.block.RemovalReport;
import org.unplug.block.spi.DiskSpec;
import org.unplug.mmc.CardArea;
import org.unplug.mmc.CardLife;
import org.unplug.mmc.CardRegisters;
import org.unplug.mmc.CardType;
import org.unplug.mmc.MmcCard;
import org.unplug.mmc.internal.blk.Generation;
import org.unplug.mmc.internal.blk.MmcBlockDriver;
import org.unplug.mmc.internal.card.StartedCard;
import org.unplug.mmc.internal.port.CardLink;
import org.unplug.mmc.internal.port.CoreLog;
import org.unplug.mmc.spi.HostCaps;
import org.unplug.mmc.spi.MmcIos;
import org.unplug.ref.Clockwork;

/**
 * A card in use: its disk, its service, and their one removal. Whoever removes second waits for the first and sees its report;
 * a surprise overtakes an orderly one (R11).
 *
 * <p>The monitor guards the life; disks, services and the adapter are called outside it.
 */
final class ActiveCard implements MmcCard {

    private static final long BIND_MS = 5_000;
    private static final long UNPUBLISH_MS = 2_000;

    private final String host;
    private final String slot;
    private final boolean readOnly;
    private final CardLink link;
    private final Clockwork clockwork;
    private final CoreLog log;
    private final HostController owner;
    private final Runnable looker;
    private final HostCaps caps;
    private final DiskSpec.Timeouts timeouts;
    private final MmcBlockDriver driver;

    private final boolean returned;
    private volatile StartedCard card;

    private CardLife life = CardLife.STARTING;
    private boolean bound;
    private boolean isLost;
    private CardDisks registration;
    private Runnable unpublish;
    private boolean unpublished;
    private Thread remover;
    private RemovalReport report;
    private String disk = "";

    /**
     * A card that is not bound yet.
     *
     * @param returned whether it is the card that was in this slot before, as it was left
     * @param looker asks the adapter's context to look at the slot soon; must not block
     */
    ActiveCard(
            HostController owner,
            StartedCard card,
            HostCaps caps,
            boolean readOnly,
            boolean returned,
            CardLink link,
            Runnable looker) {
        this.host = owner.name();
        this.slot = owner.slot();
        this.card = card;
        this.caps = caps;
        this.readOnly = readOnly;
        this.returned = returned;
        this.link = link;
        this.clockwork = owner.clockwork();
        this.log = owner.log();
        this.looker = looker;
        this.owner = owner;
        this.timeouts = owner.settings().disk();
        this.driver = new MmcBlockDriver(
                owner.queue(), link, card, clockwork, () -> owner.settings().busyMs(), this::lost, this::restart);
    }

    /**
     * Adds the disk and publishes the card. If a removal came meanwhile, this takes back what it did and that it did too late.
     *
     * @return whether the card is READY now
     * @throws IllegalStateException if the block layer has stopped
     */
    boolean bind(Disks disks, CardPublisher publisher) {
        CardRegisters registers = card.registers();
        DiskSpec spec = DiskSpec.of("mmcblk", registers.capacityBytes() / 512)
                .withLimits(MmcBlockDriver.limits(caps, card))
                .withBus("mmc")
                .withRemovable(true)
                .withReadOnly(readOnly)
                .withIdentity(registers.cid().name(), registers.cid().serialText())
                .withTimeouts(timeouts);
        List<CardArea> boots =
                registers.areas().stream().filter(CardArea::isBoot).toList();
        CardDisks added;
        try {
            added = new CardDisks(disks, spec, driver, boots, MmcBlockDriver.transferLimits(caps));
        } catch (IllegalStateException | IllegalArgumentException e) {
            bindFailed();
            throw e;
        }
        boolean wanted;
        boolean lostMeanwhile;
        synchronized (this) {
            registration = added;
            disk = added.main().info().name();
            wanted = life == CardLife.STARTING;
            lostMeanwhile = isLost;
        }
        if (lostMeanwhile) {
            added.markDead();
        }
        Runnable undo = wanted ? publisher.publish(this) : null;
        boolean late;
        boolean ready = false;
        synchronized (this) {
            bound = true;
            if (life == CardLife.STARTING) {
                life = life.moveTo(CardLife.READY, toString());
                ready = true;
            }
            // A remover that ran out of patience has left what came after it to us.
            late = unpublished || life == CardLife.DEAD;
            unpublish = undo;
            notifyAll();
        }
        if (late) {
            if (undo != null) {
                undo.run();
            }
            added.remove(Removal.SURPRISE);
        }
        return ready;
    }

    private synchronized void bindFailed() {
        life = life == CardLife.DYING ? life : life.moveTo(CardLife.DYING, toString());
        life = life.moveTo(CardLife.DEAD, toString());
        bound = true;
        notifyAll();
    }

    /** The card is not there any more: its disk refuses at once, the rest follows. Never blocks; idempotent. */
    void lost() {
        CardDisks dead;
        synchronized (this) {
            if (isLost) {
                return;
            }
            isLost = true;
            dead = registration;
        }
        link.sever();
        if (dead != null) {
            dead.markDead();
        }
        looker.run();
    }

    synchronized boolean isLost() {
        return isLost;
    }

    StartedCard started() {
        return card;
    }

    /** Power-up again, for a card that does not recover; its owner sees that nothing else is sent meanwhile. */
    private void restart(Consumer<StartedCard> done) {
        owner.restart(this, started -> {
            if (started != null) {
                card = started;
            }
            done.accept(started);
        });
    }

    Generation content() {
        return driver.content();
    }

    CardLink link() {
        return link;
    }

    /**
     * Removes disk and service. When this returns nobody sends a request for this card any more. Bounded.
     *
     * @return the disk's report; null if there was no disk, or if another remover has not come to its end in time
     */
    RemovalReport remove(Removal kind) {
        if (kind == Removal.SURPRISE) {
            lost();
        }
        synchronized (this) {
            if (remover != null || life == CardLife.DEAD) {
                awaitDead();
                return report;
            }
            remover = Thread.currentThread();
            if (life != CardLife.DYING) {
                life = life.moveTo(CardLife.DYING, toString());
            }
            clockwork.awaitUntil(this, clockwork.nanoTime() + BIND_MS * 1_000_000, () -> bound);
        }
        clockwork.execute(host + " unpublish", this::unpublish);
        CardDisks added;
        synchronized (this) {
            added = registration;
        }
        RemovalReport result = added == null ? null : added.remove(isLost() ? Removal.SURPRISE : kind);
        link.sever();
        driver.close();
        awaitUnpublished();
        synchronized (this) {
            report = result;
            if (life != CardLife.DEAD) {
                life = life.moveTo(CardLife.DEAD, toString());
            }
            notifyAll();
        }
        if (result != null) {
            tell(result);
        }
        return result;
    }

    private void tell(RemovalReport result) {
        String line = host + ": " + result.summary();
        if (result.quiet() && result.laggards().isEmpty() && result.problems().isEmpty()) {
            log.info(line);
        } else {
            log.warn(line);
        }
    }

    private void unpublish() {
        Runnable undo;
        synchronized (this) {
            undo = unpublish;
            unpublish = null;
        }
        try {
            if (undo != null) {
                undo.run();
            }
        } finally {
            synchronized (this) {
                unpublished = true;
                notifyAll();
            }
        }
    }

    private void awaitUnpublished() {
        boolean late;
        synchronized (this) {
            late = !clockwork.awaitUntil(this, clockwork.nanoTime() + UNPUBLISH_MS * 1_000_000, () -> unpublished);
        }
        if (late) {
            log.warn(this + ": somebody who uses the card's service has not let it go in " + UNPUBLISH_MS + " ms");
        }
    }

    /** Under the monitor. A remover that comes again from inside its own removal does not wait for itself. */
    private void awaitDead() {
        if (remover == Thread.currentThread()) {
            return;
        }
        long joinMs = timeouts.syncMs() + timeouts.drainMs() + BIND_MS + UNPUBLISH_MS + 1_000;
        clockwork.awaitUntil(this, clockwork.nanoTime() + joinMs * 1_000_000, () -> life == CardLife.DEAD);
    }

    @Override
    public String host() {
        return host;
    }

    @Override
    public String slot() {
        return slot;
    }

    @Override
    public CardRegisters registers() {
        return card.registers();
    }

    @Override
    public synchronized CardLife life() {
        return life;
    }

    @Override
    public CardType type() {
        return card.registers().type();
    }

    @Override
    public long capacityBytes() {
        return card.registers().capacityBytes();
    }

    @Override
    public boolean isReadOnly() {
        return readOnly;
    }

    @Override
    public MmcIos bus() {
        return card.ios();
    }

    @Override
    public boolean isReturned() {
        return returned;
    }

    @Override
    public synchronized String disk() {
        return disk;
    }

    @Override
    public RemovalReport eject() {
        RemovalReport ejected = owner.eject(this);
        if (ejected == null) {
            throw new IllegalStateException(
                    this + ": its removal, under way elsewhere, has not come to an end in time");
        }
        return ejected;
    }

    @Override
    public String toString() {
        return host + ": card " + card.registers().cid().name() + " "
                + card.registers().cid().serialText();
    }
}
