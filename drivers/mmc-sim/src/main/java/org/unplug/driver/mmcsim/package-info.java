/**
 * Simulated SD cards in slots. Start at {@link org.unplug.driver.mmcsim.SimSlot}, the adapter, and
 * {@link org.unplug.driver.mmcsim.SimCard}, the card's state machine.
 */
package org.unplug.driver.mmcsim;
