// Package settings holds a connection: what its TOML file may say, the defaults, the checks and the file's place.
//
// A connection file has these keys. The second column is the default: "required" has none and must be filled in,
// "none" means the rule is absent. Durations are texts such as "90s", "5m" or "1h30m"; exact numbers may be written
// with or without quotes; moments carry their time zone. Every table but [bc] and [shop] may be left out.
//
//	name                required      1 to 20 of a-z, 0-9 and "-", not beginning with "-"
//
//	[bc]
//	url                 required      server and instance: https://bc01.example.nl:7048/BC; http only on this machine
//	company             required      the company's name, at most 30 characters
//	tenant              none          multitenant servers only
//	web_url             none          where people use it in the browser, for links to records: https://bc01.example.nl/BC
//	auth                basic         basic: user and web service access key
//	user                required      the Business Central user
//	network             private       private allows addresses of a local network, public does not
//	ca_file             none          full path of a PEM file with the authority of the server's certificate
//	pin                 none          sha256/BASE64 of the server's certificate
//	page_size           5000          rows asked for at once, 1 to 20000
//	parallel            2             write calls at once, 1 to 4
//	overlap             5m            how far a change cursor looks back, 1s to 24h
//	ripen               1m            how old a posted shipment is before the shop is told, 1ms (at once) to 1h
//	settle              8m            how long a create whose answer was lost may still come through, 1ms to 1h
//
//	[shop]
//	platform            required      woocommerce
//	url                 required      https://shop.example.nl; http only on this machine
//	network             public        public, or private for a shop in a local network
//	ca_file             none          as in [bc]
//	pin                 none          as in [bc]
//	parallel            4             write calls at once, 1 to 4
//	settle              5m            as in [bc]
//
//	[shop.woocommerce]
//	batch               100           products in one call at most, 1 to 100; fewer are sent to a slow shop
//	statuses            none          a plug-in's order status = pending, on hold, processing, completed, cancelled, refunded or failed
//
//	[proxy]
//	url                 none          HTTP proxy: none given is the system's, "none" is no proxy at all
//	user                none          who signs in at the proxy
//
//	[flows.items]
//	off                 false         true: this flow never runs
//	every               15m           1s to 744h
//	between             none          hours of the local clock: "06:00-23:00"; may go past midnight
//	days                none          list of mon, tue, wed, thu, fri, sat, sun; none given is every day
//	at                  none          "03:30": once a day at that time of the local clock, in place of every and between
//	once                none          a moment: run then and never again by itself, in place of every, between, days and at
//	link_only           false         true: only link products the shop has, never make one
//	keep_names          false         true: the shop's names stay as they are
//	tax_classes         none          BC tax group = the shop's tax class
//
//	[flows.stock]
//	off                 false         as in [flows.items]
//	every               5m            as in [flows.items]
//	between             none          as in [flows.items]
//	days                none          as in [flows.items]
//	at                  none          as in [flows.items]
//	once                none          as in [flows.items]
//	buffer              none          quantity kept back from the shop, in base units
//	cap                 none          the largest quantity the shop shows
//
//	[flows.prices]
//	off                 false         as in [flows.items]
//	every               15m           as in [flows.items]
//	between             none          as in [flows.items]
//	days                none          as in [flows.items]
//	at                  none          as in [flows.items]
//	once                none          as in [flows.items]
//	vat                 none          BC tax group = percent, 0 to 100; needed where one side's prices include VAT
//
//	[flows.orders]
//	off                 false         as in [flows.items]
//	every               2m            as in [flows.items]
//	between             none          as in [flows.items]
//	days                none          as in [flows.items]
//	at                  none          as in [flows.items]
//	once                none          as in [flows.items]
//	from                now           the cut-over moment: older orders stay out; stored when the connection is made
//	external_prefix     NAME-         External Document No. = this and the shop's order number; at most 25 characters
//	take_unpaid         none          list of pending, on hold: take orders of that status before they are paid
//	shipping_account    none          G/L account No. of shipping lines, at most 20 characters
//	fee_account         none          G/L account No. of fees, at most 20 characters
//	tax_codes           none          percent = BC tax code of shipping and fees at that rate; none given: the account's own
//	rounding_account    none          G/L account No. of rounding lines; none given holds orders that differ
//	rounding_max        0.05          the largest rounding line, in the order's currency, up to 10
//	guest_customer      none          BC customer No. of orders without an e-mail address; none given holds them
//	match_only          false         true: never make a customer in Business Central
//	no_notes            false         true: leave no note at the shop's order
//
//	[flows.shipments]
//	off                 false         as in [flows.items]
//	every               10m           as in [flows.items]
//	between             none          as in [flows.items]
//	days                none          as in [flows.items]
//	at                  none          as in [flows.items]
//	once                none          as in [flows.items]
//
//	[safety]
//	share               0.1           a mass change is more than this share of the records read in a run, or of all products in a day, 0.0001 to 1,
//	min                 20            and more than this number of records
//	price_factor        3             prices that rise to more than so many times what they were count, 1.01 to 1000
//	price_drop          0.5           prices that fall to less than this share of what they were count, 0.001 to 0.99
//
//	[journal]
//	days                30            how many days the record of exchanges is kept, today among them, 1 to 3650
//	megabytes           512           what it may take of the disk, 8 to 1048576; an eighth of it is a day's share
//
//	[audit]
//	years               7             how long the trail of what was done is kept, 1 to 100
//
// github.com/pelletier/go-toml/v2 is here because it reads TOML strictly, gives positions of mistakes and hands over
// numbers digit by digit.
package settings
