"""wasf brings WhatsApp chats into Salesforce.

The map, from top to bottom; a module imports only downwards:

    cli                                          parse, call, show, exit
    app | console                                build the real things | what a person sees
    commands | sources | salesforce | store      use cases | chats read | Tasks written | kept here
        | listener                               | webhooks received
    interfaces                                   the promises between them
    core                                         pure: data and decisions
    errors                                       what can go wrong
    demo                                         the servers of `wasf demo`; they know none of these
"""

__version__ = "0.1.0"
