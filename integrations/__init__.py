"""Everything that leaves the process: adapters behind the ports of `network.ports`, one folder a provider.

An adapter translates and decides nothing; vendor shapes and vendor errors stop at its door. Which adapter is used is
said in one place, `integrations.wiring`, from `integrations.settings`; adapters do not know one another.
"""
