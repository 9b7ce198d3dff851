# Signing in, and links that are good for once.

account-sign-in = Sign in
account-name = Account
account-password = Password
account-forgotten = Forgotten, or no account yet?
account-forgotten-how = Whoever may read the database of the server gets a one-time link there with:
account-forgotten-name = NAME
account-refused = There is no account with this name and password.
account-disabled = This account is disabled. Ask an administrator of this server.
account-too-many-tries = Too many tries from here. Wait { $secs ->
    [one] 1 second
   *[other] { $secs } seconds
} and try again.

account-sign-in-with = Sign in with { $provider }
account-or-here = Or with a name and a password:
account-directory = The name and password that you have in the company are good here, too.

# Signing in by word of the company's directory: why not
account-outside-password-expired = Your password has to be changed first. Do that where you sign in to a computer of the company, then come back.
account-outside-role = You are known, but none of your groups may come in here. Ask your administrator for one.
account-outside-unreachable = The company’s directory does not answer. Try again in a minute. Accounts of this server itself still work.
account-outside-unsafe = The company’s directory cannot be spoken to safely. Tell your administrator: the log of this server says why.
account-outside-settings = The settings of this server do not fit the company’s directory. Tell your administrator: the log of this server says why.
account-outside-several = The directory has more than one entry of this name. Tell your administrator: the filter for users has to be stricter.
account-outside-unnamed = The directory does not show what makes this account the same tomorrow. Tell your administrator: the log of this server says what is missing.
account-outside-elsewhere = The directory says to ask another one, which is not done. Tell your administrator: the log of this server says which.
account-outside-groups = You are in more groups than could be told, so it is not known what you may do. Tell your administrator: the log of this server says what to change.
account-outside-busy = Many people sign in at this moment. Try again in some seconds.
account-outside-over = This sign-in is over: it was used already, or it took more than ten minutes. Begin again.
account-outside-foreign = This sign-in was begun in another browser, or at another address of this server. Begin again at { $address }.
account-outside-declined = { $provider } did not let you in. Try again, or ask there.
account-outside-proof = What { $provider } answered does not prove who you are: { $reason }. Nothing was changed. Try again; if it stays so, tell your administrator.
account-outside-weak = You did not sign in at { $provider } as strongly as this server demands, with a second factor for example. Begin again, and take the stronger way if { $provider } offers one. If it asks for no more, tell your administrator: { $provider } asks for too little, or the setting { $setting } for too much; the log of this server says what was missing.
account-proof-form = it cannot be read
account-proof-algorithm = it is signed in a way that is not trusted
account-proof-key = none of its published keys signed it
account-proof-signature = its signature is wrong
account-proof-issuer = another provider issued it
account-proof-audience = it is meant for another program
account-proof-expired = it has expired
account-proof-clock = it is not of now, unless a clock is wrong
account-proof-nonce = it answers another sign-in

# Signing out there, too
account-signed-out = You are signed out
account-signed-out-about = You are signed out of Highwater. Now { $provider } is asked to sign you out as well.
account-signed-out-go = Go on to { $provider }

# A link
account-first-title = Make the first account
account-first = Welcome. Make the first account.
account-first-about = It administers this server: enrolment tokens, agents, everything that the pages show.
account-first-make = Make the account
account-password-title = Set a new password
account-password-for = Set a new password for { $name }
account-password-about = Other browsers that are signed in to this account are signed out.
account-password-set = Set the password
account-password-least = { $least } characters or more; a few words in a row are easy to remember.
account-again = Repeat the password
account-name-missing = Give the account a name.
account-name-long = The name may have { $most } characters at most, and no control characters.
account-password-short = The password has fewer than { $least } characters. A few words in a row are easy to remember.
account-password-long = The password has more than { $most } bytes.
account-password-guessed = This password is among the first that are guessed: it is a common one, or made of a common word, a name, a date or keys in a row. Take three or four words that have nothing to do with each other, or let a password manager make one.
account-password-known = This password became known: it is in a list of those that were stolen elsewhere, which is what guessing begins with. Take another one, which you use nowhere else, and change this one wherever you use it.
account-password-unasked = No new password can be taken now: the list of passwords that became known cannot be read. Nothing was changed. Tell an administrator of this server: the setting { $key } names the file, and the log of the server says what is wrong with it.
account-passwords-differ = The two passwords differ.

# A link that is good no more
account-link-over = This link is over
account-link-over-head = This link is over.
account-link-over-about = It was used already, it is older than 24 hours, or it was copied with a character missing. Nothing was changed.
account-link-over-new = A new one is printed on the server by:
account-link-over-sign-in = With an account: <a href="/sign-in">sign in</a>.

# The second step
account-code-title = Sign in: the code
account-code-head = One more step
account-code = Code
account-code-about = The six digits that the app on your phone shows, or one of your recovery codes.
account-code-go = Go on
account-code-wrong = This code is not right, or it was used already.
account-too-many-codes = Too many codes for this account were wrong, here or elsewhere. Wait { $secs ->
    [one] 1 second
   *[other] { $secs } seconds
}, or take a recovery code.
account-code-late = That took too long, or too many codes were wrong. Begin again.
account-code-lost = Neither phone nor recovery code?
account-code-lost-how = Whoever may read the database of the server switches the second factor off there with:
