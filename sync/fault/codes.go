package fault

// About is what a code means: its kind and the English sentence. {placeholders} are filled from Args.
// assets/translations holds the other languages under the same code; a test compares the two.
type About struct {
	Kind Kind
	Text string
}

// Codes is the whole list. A code once published keeps its meaning.
var Codes = map[Code]About{
	"bug.unclassified": {Bug, "Something unexpected happened. Please send the support bundle (stockbridge doctor --bundle FILE)."},
	"bug.panic":        {Bug, "The program met a fault of its own at this record and went on without it. Please send the support bundle."},
	"run.cancelled":    {Retry, "The run was stopped before it finished; it goes on where it stopped."},

	// Reaching a server.
	"net.unreachable":    {Retry, "{side}: {host} can't be reached. Check that the server is on and that the address in {field} is right."},
	"net.unknown_host":   {Retry, "{side}: there is no server called {host}. Check the address in {field}."},
	"net.timeout":        {Retry, "{side}: {host} did not answer in time. It is tried again by itself."},
	"net.cut":            {Retry, "{side}: the connection to {host} broke off in the middle of an answer. It is tried again by itself."},
	"net.busy":           {Retry, "{side}: {host} asks us to slow down. It goes on by itself."},
	"net.server_error":   {Retry, "{side}: {host} has trouble of its own (status {status}). It is tried again by itself."},
	"net.not_private":    {Config, "{side}: {host} is an address of a local network ({address}), which {field} does not allow. Set network = \"private\" if that is meant."},
	"net.redirect":       {Config, "{side}: {host} answers with a redirect to {to}. Put the final address in {field}."},
	"net.proxy":          {Retry, "The proxy {host} refuses or can't be reached. Check [proxy]."},
	"url.invalid":        {Config, "{field} is {value}; allowed is an address such as {allowed}."},
	"url.not_https":      {Config, "{field} is {value}; plain http would show the password to everybody on the way. Use https."},
	"tls.expired":        {Config, "{side}: the certificate of {host} is not valid at this date (valid {from} to {until}). It must be renewed on that server."},
	"tls.wrong_host":     {Config, "{side}: the certificate of {host} is made out to {names}, not to {host}. Use the name on the certificate in {field}."},
	"tls.unknown_issuer": {Config, "{side}: the certificate of {host} comes from an authority this machine doesn't know ({issuer}). Give its certificate in {ca_field}, or its fingerprint in {pin_field}."},
	"tls.pin_differs":    {Config, "{side}: the certificate of {host} has fingerprint {got}, not the one in {pin_field}. If it was renewed, check the new fingerprint with its owner before changing the setting."},
	"tls.old":            {Config, "{side}: {host} offers no TLS 1.2 or newer. Switch it on at that server."},
	"tls.failed":         {Config, "{side}: no secure connection to {host}."},
	"answer.too_large":   {Rejected, "{side}: {host} sent an answer larger than {limit}; it was not read."},
	"answer.not_json":    {Retry, "{side}: {host} answered with {type} instead of data at {path}. Often a firewall, a login page or a maintenance page stands in between."},
	"answer.html_always": {Config, "{side}: {host} answers with a web page instead of data. Check the address in {field}, and that no login or security page stands in front of the API."},
	"answer.invalid":     {Rejected, "{side}: the answer of {host} could not be understood at {path}: {detail}."},
	"record.invalid":     {Rejected, "{side} sent a value that can't be right in {key}: {field} is {value}; allowed: {allowed}."},

	// Business Central.
	"bc.sign_in":          {Auth, "Business Central refuses user {user}. Check [bc] user and set a new web service access key: stockbridge secret set {connection} bc password."},
	"bc.secret_missing":   {Auth, "There is no password for Business Central yet. Set it: stockbridge secret set {connection} bc password."},
	"bc.api_disabled":     {Config, "Business Central's API is switched off on this server (405). An administrator sets ApiServicesEnabled to true on the server instance and runs API Setup, Integrate APIs."},
	"bc.not_found":        {Config, "There is no Business Central API at {path}. Check [bc] url: server, port and instance, such as https://bc01.example.nl:7048/BC."},
	"bc.company_missing":  {Config, "[bc] company is \"{value}\"; this server has: {allowed}."},
	"bc.right_missing":    {Config, "Business Central refuses: {detail}. Give user {user} a permission set that allows it (such as {sets})."},
	"bc.setup_missing":    {Config, "Business Central says its API data was never prepared. An administrator runs API Setup, Integrate APIs."},
	"bc.tenant":           {Config, "Business Central does not know this tenant. Check [bc] tenant."},
	"bc.refused":          {Rejected, "Business Central refused {key}: {detail}"},
	"bc.changed":          {Retry, "Somebody changed {key} in Business Central at the same moment. It is tried again by itself."},
	"bc.unknown_outcome":  {Retry, "Business Central did not say whether {key} was written. It is looked up before anything is sent again."},
	"bc.auth_unsupported": {Config, "[bc] auth is {value}; allowed: basic."},
	"bc.batch":            {Retry, "Business Central did not answer every part of a batch. It is tried again by itself."},

	// Shops.
	"shop.sign_in":         {Auth, "The shop refuses the key. Make a new key with read and write rights in the shop and set it: stockbridge secret set {connection} shop consumer_key, then consumer_secret."},
	"shop.secret_missing":  {Auth, "There is no key for the shop yet. Set it: stockbridge secret set {connection} shop {field}."},
	"shop.right_missing":   {Config, "The shop's key may not do this: {detail}. Make a key with read and write rights."},
	"shop.not_found":       {Config, "There is no WooCommerce API at {path}. Check [shop] url, that WooCommerce is active, and that permalinks are not \"Plain\"."},
	"shop.permalinks":      {Config, "The shop's permalinks are set to \"Plain\", with which its API does not accept our key. Choose another permalink structure in WordPress."},
	"shop.refused":         {Rejected, "The shop refused {key}: {detail}"},
	"shop.sku_taken":       {Rejected, "The shop already uses SKU {key} for product {holder}. Correct the SKU there, or remove that product."},
	"shop.unknown_outcome": {Retry, "The shop did not say whether {key} was written. It is looked up before anything is sent again."},
	"shop.currency":        {Config, "The shop sells in {shop} and Business Central keeps its prices in {bc}. Prices are not sent between currencies."},
	"shop.platform":        {Config, "[shop] platform is \"{value}\"; allowed: {allowed}."},

	// Items, stock and prices.
	"item.not_in_shop":   {Rejected, "Item {key} has no product in the shop yet; its stock and price wait for that."},
	"item.duplicate_sku": {Rejected, "The shop has several products with SKU {key} ({refs}). Keep one of them."},
	"item.no_name":       {Rejected, "Item {key} has no description in Business Central; a product needs a name."},
	"item.bad_sku":       {Rejected, "Item number {key} can't be a SKU in this shop: {detail}."},
	"item.not_simple":    {Rejected, "SKU {key} belongs to a {type} in the shop. Variants are not synchronised yet."},
	"stock.mass_zero":    {Rejected, "{count} items would go out of stock at once, {key} among them. If that is right, approve it; if not, check Business Central first."},
	"price.mass_change":  {Rejected, "{count} prices would change more than {factor} times, {key} among them ({from} to {to}). If that is right, approve it."},
	"price.vat_unknown":  {Rejected, "The shop's prices {shop} VAT and Business Central's {bc}; no VAT rate is known for tax group {group} of item {key}. Add it to [flows.prices] vat."},
	"price.currency":     {Config, "Item {key} is priced in {bc}, the shop sells in {shop}. Prices are not sent between currencies."},

	// Orders.
	"order.not_paid":         {Rejected, "Order {key} is {status} and not paid; it waits until it is."},
	"order.unknown_sku":      {Rejected, "Order {key} has a line with SKU \"{sku}\" ({name}), which is no item number in Business Central. Correct the SKU in the shop or make the item, then retry."},
	"order.item_blocked":     {Rejected, "Order {key} contains item {sku}, which is blocked in Business Central. Unblock it, then retry."},
	"order.customer_blocked": {Rejected, "Order {key} waits: customer {customer} is blocked in Business Central ({blocked})."},
	"order.customer_many":    {Rejected, "Order {key} waits: {count} customers in Business Central have e-mail {email} ({customers}). Keep one of them with that address."},
	"order.customer_failed":  {Rejected, "Order {key} waits because its customer could not be made in Business Central: {detail}"},
	"order.no_email":         {Rejected, "Order {key} has no e-mail address, so no customer can be found. Add one in the shop, or set [flows.orders] guest_customer."},
	"order.no_account":       {Config, "Order {key} has {what}, and no G/L account is set for it. Fill in {field}."},
	"order.total_differs":    {Rejected, "Order {key}: the shop says {shop}, Business Central would say {bc}. Set [flows.orders] rounding_account to book up to {max}, or correct the order."},
	"order.tax_differs":      {Rejected, "Order {key} is in Business Central as {number}, but with {bc} VAT where the shop has {shop}. Check the VAT posting groups of the customer and the items."},
	"order.key_too_long":     {Rejected, "Order {key}: \"{value}\" is longer than the 35 characters of an External Document No. Shorten [flows.orders] external_prefix."},
	"order.edited":           {Rejected, "Order {key} was changed in the shop after it came into Business Central as {number} ({what}). Change it there by hand, then skip this."},
	"order.cancelled":        {Rejected, "Order {key} was {status} in the shop after it came into Business Central as {number}. Handle it there, then skip this."},
	"order.exists_differs":   {Rejected, "Business Central already has {external} with total {bc}; the shop's order {key} has {shop}. Check which is right."},
	"order.other_mark":       {Rejected, "Order {key} was already taken by another Stockbridge installation ({installation}) as {number}. Only one installation may serve a shop."},
	"order.too_many_lines":   {Rejected, "Order {key} has {count} lines; at most {max} can be sent at once."},
	"order.currency":         {Rejected, "Order {key} is in {currency}, which Business Central does not know. Add the currency there with an exchange rate, then retry."},
	"order.empty":             {Rejected, "Order {key} has no lines."},
	"order.status_unknown":    {Rejected, "Order {key} has status \"{status}\", which Stockbridge doesn't know. Say what it means in [shop.woocommerce] statuses."},
	"order.refunded":          {Rejected, "Order {key} was partly refunded ({amount}) before it came into Business Central. Make the order and the credit memo there by hand, then skip this."},
	"order.twice_in_bc":       {Rejected, "Business Central has {count} documents for order {key} ({numbers}). Remove the ones too many."},
	"order.amount":            {Rejected, "Order {key} holds an amount that can't be calculated with: {detail}."},
	"price.zero":              {Rejected, "Item {key} has no price in Business Central (0). Fill in its unit price; the shop keeps its old price until then."},
	"shipment.no_order":      {Rejected, "Shipment {key} belongs to {external}, which is no order of this shop that Stockbridge brought in."},
	"shipment.order_closed":  {Rejected, "Shipment {key}: the shop's order {order} is {status} and is left as it is."},

	// Running.
	"settings.invalid":     {Config, "{field} is {value}; allowed: {allowed}."},
	"settings.unknown_key": {Config, "{field} is no setting{near}."},
	"settings.missing":     {Config, "{field} is missing. {hint}"},
	"settings.secret":      {Config, "{field} looks like a secret; secrets don't belong in this file. Use: stockbridge secret set {connection} {side} {name}."},
	"settings.syntax":      {Config, "The connection file can't be read as TOML: {detail}."},
	"connection.unknown":   {Config, "There is no connection called {value}. There are: {allowed}."},
	"store.locked":         {Config, "The data folder {path} is in use by another Stockbridge (process {pid})."},
	"store.damaged":        {Config, "The state file {path} is damaged. Restore a backup: stockbridge restore FILE."},
	"store.disk":           {Retry, "{path} can't be written: {detail}."},
	"store.newer":          {Config, "The state file {path} was written by a newer Stockbridge. Install that version again."},
	"keychain.none":        {Config, "This account has no keychain to put the secret in. {hint}"},
	"keychain.failed":      {Retry, "The keychain did not answer: {detail}."},
	"keychain.read_only":   {Config, "Secrets of this service come from systemd credentials, which are read-only here. {hint}"},
	"ipc.no_service":       {Config, "The Stockbridge service is not running. Start it: stockbridge service start (or stockbridge run)."},
	"ipc.denied":           {Config, "You may not do this: it needs the role {role}, and you are {have}."},
	"ipc.bad_request":      {Config, "{detail}"},
	"ipc.version":          {Config, "The service is version {service} and this program {client}. Restart the older one."},
}
